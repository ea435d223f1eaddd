"""Runs side by side: what they differ in, what they found, and whether the difference is chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group as Rendered
from rich.console import RenderableType

from cellcolony.report.blocks import Block, Column, Heading, Paragraph, TableBlock
from cellcolony.report.seeds import measures_of_runs, runs_table, significance_lines, spread_table
from cellcolony.report.terminal import BLANK, render
from cellcolony.runs.comparison import Group, Measured, paired, shown
from cellcolony.runs.data_sets import DataSet, ranked
from cellcolony.runs.result import Result
from cellcolony.wording import count, names


def comparison_report(groups: Sequence[Group]) -> RenderableType:
    """Return the table of all runs, their groups, and the test between two of them."""
    runs = [(group.name, run) for group in groups for run in group.runs]
    measured = Measured.of([run for _, run in runs])
    names = {
        Column("run", "name"): [str(run.path) for _, run in runs],
        Column("", "text"): [group for group, _ in runs],
    }
    spreads = [(one.name, list(one.errors(measured).values()), one.sizes) for one in groups]
    return render(
        [
            runs_table([run for _, run in runs], measured, heading(runs[0][1]), names),
            *measures_of_runs([run for _, run in runs], names),
            *map(Paragraph, group_lines(groups)),
            spread_table(measured.words, spreads),
            *map(Paragraph, evidence_lines(groups, measured)),
        ]
    )


def data_sets_report(data_sets: Sequence[DataSet]) -> RenderableType:
    """Return the comparison on each of several data sets, and the ranks over all."""
    parts: list[RenderableType] = []
    for i, one in enumerate(data_sets, 1):
        parts += [BLANK, render([Heading(f"Data set {i}: {one.title}")])]
        parts.append(comparison_report(one.groups))
    return Rendered(*parts, BLANK, render(list(ranks_blocks(data_sets))))


def ranks_blocks(data_sets: Sequence[DataSet]) -> Iterator[Block]:
    """Yield the table of ranks over several data sets, or why there is none."""
    found = ranked(data_sets)
    n, every = len(data_sets), {group.name for one in data_sets for group in one.groups}
    if len(found) < 2:
        yield Paragraph(
            f"No two groups have runs on all {n} data sets: there is nothing to rank over them."
        )
        return
    cells: dict[Column | str, list[str]] = {
        Column("group", "name"): [one.name for one in found],
        "mean rank": [f"{one.mean_rank:.2f}" for one in found],
        "best on": [f"{one.n_best} of {n}" for one in found],
        "median multiple of the best": [f"{one.median_ratio:.3f}" for one in found],
        Column("rank on each", "text"): [
            " ".join(f"{rank:g}" for rank in one.ranks) for one in found
        ],
    }
    yield TableBlock.of(cells, f"Ranks over {n} data sets, by the mean error over the seeds")
    left = sorted(every - {one.name for one in found})
    if left:
        yield Paragraph(f"Not on all data sets, and so not ranked: {', '.join(left)}.")


def heading(run: Result) -> str:
    """Say what runs are compared on."""
    facts = run.facts
    if not facts.targets:
        texts = {text.split: f"{text.n_tokens:,}" for text in facts.texts}
        return (
            f"{facts.title}, on the same {texts['valid']} tokens of validation, {texts['test']} of "
            "test"
        )
    several = " (mean over the targets)" if len(facts.targets) > 1 else ""
    n = run.data.n_scored
    rows = f"{n['valid']:,} rows of validation, {n['test']:,} of test"
    return f"Forecast of {names(facts.targets)}{several}, on the same {rows}"


def group_lines(groups: Sequence[Group]) -> list[str]:
    """Say what each group is set to."""
    if len(groups) == 1:
        return ["All runs have the same settings; they differ in their seeds alone."]
    lines = []
    for group in groups:
        settings = ", ".join(f"{key} {shown(value)}" for key, value in group.settings.items())
        lines.append(f"{group.name} ({count(len(group.runs), 'run')}): {settings}")
    return lines


def evidence_lines(groups: Sequence[Group], measured: Measured) -> list[str]:
    """Say whether two groups differ by more than chance."""
    if len(groups) < 2:
        return []
    if len(groups) > 2:
        return ["A paired test compares two groups: name the runs of two."]
    one, other = groups
    compared = paired(one, other, measured)
    if compared is None:
        return ["The groups have no seed in common: there is nothing to test in pairs."]
    return significance_lines(compared, one.name, other.name, measured.words)
