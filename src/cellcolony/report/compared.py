"""Runs side by side: what they differ in, what they found, and whether the difference is chance."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from cellcolony.report.blocks import Column, Paragraph, TableBlock
from cellcolony.report.seeds import significance_lines, spread_table
from cellcolony.report.terminal import render
from cellcolony.runs.comparison import Group, Measured, paired, shown
from cellcolony.runs.result import Result
from cellcolony.wording import count, duration, names, number

MSE = "mse"


def comparison_report(groups: Sequence[Group]) -> RenderableType:
    """Return the table of all runs, their groups, and the test between two of them."""
    measured = Measured.of([run for group in groups for run in group.runs])
    spreads = [(one.name, list(one.errors(measured).values()), one.sizes) for one in groups]
    return render(
        [
            _runs_table(groups, measured),
            *map(Paragraph, group_lines(groups)),
            spread_table(measured.words, spreads),
            *map(Paragraph, evidence_lines(groups, measured)),
        ]
    )


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


def _runs_table(groups: Sequence[Group], measured: Measured) -> TableBlock:
    runs = [(group.name, run) for group in groups for run in group.runs]
    errors = {
        f"{split} {measured.title}": [measured.error(run, split) for _, run in runs]
        for split in ("valid", "test")
    }
    squared = [_mse(run) for _, run in runs]
    if None not in squared:
        errors["test MSE"] = squared
    columns = (Column("run", "name"), Column("", "text"), "seed", "candidates", "search", "weights")
    rows = [
        [
            str(run.path),
            group,
            str(run.config.seed),
            f"{run.n_done:,}",
            duration(run.outcome.search_seconds) if run.outcome is not None else "not ended",
            f"{run.models[0].n_weights:,}" if run.models else "-",
            *map(number, of_run),
        ]
        for (group, run), of_run in zip(runs, zip(*errors.values(), strict=True), strict=True)
    ]
    return TableBlock((*columns, *errors), rows, title=heading(runs[0][1]))


def _mse(run: Result) -> float | None:
    """Return the squared test error of the own model, in the mean over the targets."""
    if not run.models or not run.facts.targets:
        return None
    errors = [run.models[0].other(MSE, "test", target) for target in run.facts.targets]
    known = [error for error in errors if error is not None]
    return sum(known) / len(known) if len(known) == len(errors) else None


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
