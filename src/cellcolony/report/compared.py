"""Runs side by side: what they differ in, what they found, and whether the difference is luck."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group as Parts
from rich.console import RenderableType
from rich.text import Text

from cellcolony.report.seeds import significance_lines, spread_line
from cellcolony.report.tables import plain_table
from cellcolony.runs.comparison import Group, error_of, paired
from cellcolony.wording import duration, name, names, number


def comparison_report(groups: Sequence[Group]) -> RenderableType:
    """Return the table of all runs, their groups, and the test between two of them."""
    data = groups[0].runs[0].data
    several = " (mean over the targets)" if len(data.targets) > 1 else ""
    rows = f"{data.n_scored['valid']:,} rows of validation, {data.n_scored['test']:,} of test"
    title = f"Forecast of {names(data.targets)}{several}, on the same {rows}"
    return Parts(
        Text(title, style="bold"),
        _runs_table(groups),
        Text(),
        *map(Text, group_lines(groups)),
        *map(Text, evidence_lines(groups)),
    )


def _runs_table(groups: Sequence[Group]) -> RenderableType:
    table = plain_table("run", "", "seed", "networks", "search", "weights", "valid MAE", "test MAE")
    for group in groups:
        for run in group.runs:
            table.add_row(
                name(str(run.path)),
                group.name,
                str(run.config.seed),
                f"{run.n_done:,}",
                duration(run.outcome.search_seconds) if run.outcome is not None else "not ended",
                f"{run.best.n_weights:,}",
                number(error_of(run, "valid")),
                number(error_of(run, "test")),
            )
    return table


def group_lines(groups: Sequence[Group]) -> list[str]:
    """Say what each group is set to, and how far its best networks reach over the seeds."""
    lines = []
    for group in groups:
        if group.settings:
            settings = ", ".join(f"{key} {_shown(value)}" for key, value in group.settings.items())
            lines.append(f"{group.name}: {settings}")
        errors = group.test_errors
        if errors:
            lines.append(spread_line(f"{group.name}", list(errors.values()), group.sizes))
    if len(groups) == 1:
        lines.insert(0, "All runs have the same settings; they differ in their seeds alone.")
    return lines


def evidence_lines(groups: Sequence[Group]) -> list[str]:
    """Say whether two groups differ by more than luck."""
    if len(groups) < 2:
        return []
    if len(groups) > 2:
        return ["A paired test compares two groups: name the runs of two."]
    one, other = groups
    compared = paired(one, other)
    if compared is None:
        return ["The groups have no seed in common: there is nothing to test in pairs."]
    return significance_lines(compared, one.name, other.name)


def _shown(value: object) -> str:
    return "+".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
