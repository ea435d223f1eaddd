"""What was understood of the data, before a study begins and in its report."""

from __future__ import annotations

from typing import Any

from cellcolony.report.blocks import Block, Column, Facts, Folded, Paragraph, TableBlock
from cellcolony.report.sections import section
from cellcolony.runs.result import Result
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.tasks.language_facts import LanguageFacts
from cellcolony.tasks.summary import FileSummary, Summary
from cellcolony.tasks.text.tokenizers import TOKENIZERS
from cellcolony.wording import count, name, names, printable

MOST_COLUMNS = 300
"""Column names that are listed."""
MOST_REMARKS = 20
MUCH_UNKNOWN = 0.1
"""The share of a text that is unknown beyond which that is said."""
SPLITS = {"train": "train on", "valid": "choose on", "test": "test on"}
LONGEST_FILES = 200
"""Characters of the names of a text's files."""


@section("data", "Data", order=80, on=("page", "show"))
def data(result: Result) -> list[Block]:
    """Return what was understood of the data; files and columns fold away."""
    return data_blocks(result.facts)


def data_blocks(facts: Any) -> list[Block]:
    """Return what is known of the data of any task.

    Args:
        facts: A task's facts; of a task of another package, at least their title is shown.
    """
    if isinstance(facts, ForecastFacts):
        summary = facts.summary
        listed = ", ".join(name(column) for column in summary.inputs[:MOST_COLUMNS])
        more = len(summary.inputs) - MOST_COLUMNS
        listed += f" and {more:,} more" if more > 0 else ""
        return [
            Facts(forecast_facts(summary)),
            Folded(f"The {count(len(summary.inputs), 'input')}", [Paragraph(listed)]),
            Folded(f"The {summary.n_series}", [_files(summary)]),
        ]
    if isinstance(facts, LanguageFacts):
        return [_texts(facts), *_unknown(facts)]
    found = [("task", printable(facts.title))]
    if facts.targets:
        found.append(("targets", names(facts.targets)))
    return [Facts([*found, ("fingerprint", printable(facts.fingerprint))])]


def forecast_facts(data: Summary) -> list[tuple[str, str]]:
    """Return labels and facts on the files, the columns and the splits of a forecast."""
    step = f", {data.step} apart" if data.step else ""
    scaled = {
        "none": "not scaled",
        "unit": "scaled by minmax, unless all lie in [0, 1] already",
    }.get(data.scale, f"scaled by {data.scale}")
    inputs = f"{count(len(data.inputs), 'column')}: {names(data.inputs)}"
    found = [
        ("data", f"{data.n_series}, {count(data.n_rows, 'row')}{step}"),
        ("forecast", f"{names(data.targets)}, {data.ahead} ahead"),
        ("from", f"{inputs}; {scaled}"),
    ]
    if data.left_out:
        found.append(("left out", names(data.left_out)))
    if data.periods:
        listed = " and ".join(f"{period:,}" for period in data.periods)
        found.append(("periods", f"{listed} rows, found in the training rows"))
    if data.time:
        found.append(("time", name(data.time)))
    if data.missing:
        share = f"{100 * data.missing:.2f} %"
        found.append(("missing", f"{share} of the values, filled by {data.fill}"))
    for split, purpose in SPLITS.items():
        files = [file for file in data.files if split in file.splits]
        if not files:
            continue
        rows = count(data.n_scored[split], "row")
        found.append((purpose, f"{rows}: {_place(files, split)}"))
    return [*found, *(("note", printable(remark)) for remark in data.remarks[:MOST_REMARKS])]


def _place(files: list[FileSummary], split: str) -> str:
    shown = names([file.label for file in files])
    if all(file.splits[split] == (0, file.n_rows) for file in files):
        return shown
    if len(files) == 1:
        start, stop = files[0].splits[split]
        return f"rows {start:,} to {stop - 1:,} of {shown}"
    return f"a part of each of {shown}"


def _files(summary: Summary) -> TableBlock:
    several = any(file.series is not None for file in summary.files)
    columns = [Column("series" if several else "file", "name"), "rows"]
    columns += [Column(title, "text") for title in ("train", "validation", "test")]
    rows = [
        [file.label, f"{file.n_rows:,}", *(_part(file, split) for split in SPLITS)]
        for file in summary.files
    ]
    return TableBlock(columns, rows)


def _part(file: FileSummary, split: str) -> str:
    if split not in file.splits:
        return ""
    start, stop = file.splits[split]
    return "all" if (start, stop) == (0, file.n_rows) else f"{start:,} to {stop - 1:,}"


def _unknown(facts: LanguageFacts) -> list[Paragraph]:
    """Return a remark where so much of a text is unknown that it decides the perplexity."""
    much = [one for one in facts.texts if one.n_unknown > MUCH_UNKNOWN * max(one.n_tokens, 1)]
    if not much:
        return []
    unit = TOKENIZERS[facts.source.tokens].unit
    shares = names([f"{100 * one.n_unknown / one.n_tokens:.1f} % of {one.split}" for one in much])
    return [
        Paragraph(
            f"{shares} is unknown, and counts in the perplexity as one {unit} that is easily "
            f"guessed: compare models of this vocabulary alone. The perplexity over known {unit}s "
            f"stands beside it in the scores.", "remark",
        )
    ]  # fmt: skip


def _texts(facts: LanguageFacts) -> TableBlock:
    rows = []
    for text in facts.texts:
        files = printable(text.name.replace("\n", "?"))
        rows.append(
            [
                SPLITS.get(text.split, name(text.split)),
                f"{text.n_tokens:,}",
                f"{100 * text.n_unknown / max(text.n_tokens, 1):.1f} %",
                files if len(files) <= LONGEST_FILES else f"{files[: LONGEST_FILES - 3]}...",
            ]
        )
    known = count(facts.n_vocabulary, TOKENIZERS[facts.source.tokens].unit)
    columns = (Column("text", "text"), "tokens", "unknown", Column("from", "text"))
    return TableBlock(columns, rows, title=f"Text, {known} known")
