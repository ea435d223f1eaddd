"""Runs side by side: what they differ in, what they found, and whether the difference is chance."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType

from cellcolony.report.blocks import Column, Paragraph
from cellcolony.report.seeds import measures_of_runs, runs_table, significance_lines, spread_table
from cellcolony.report.terminal import render
from cellcolony.runs.comparison import Group, Measured, paired, shown
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
