"""Runs side by side: what they differ in, what they found, and whether the difference is chance."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group as Parts
from rich.console import RenderableType
from rich.text import Text

from cellcolony.report.seeds import significance_lines, spread_table
from cellcolony.report.tables import plain_table
from cellcolony.runs.comparison import Group, Measured, paired, shown
from cellcolony.runs.result import Result
from cellcolony.wording import count, duration, name, names, number

MSE = "mse"


def comparison_report(groups: Sequence[Group]) -> RenderableType:
    """Return the table of all runs, their groups, and the test between two of them."""
    runs = [run for group in groups for run in group.runs]
    measured = Measured.of(runs)
    return Parts(
        Text(heading(runs[0]), style="bold"),
        _runs_table(groups, measured),
        Text(),
        *map(Text, group_lines(groups)),
        Text(),
        spread_table(
            measured.words,
            [(one.name, list(one.errors(measured).values()), one.sizes) for one in groups],
        ),
        *map(Text, evidence_lines(groups, measured)),
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


def _runs_table(groups: Sequence[Group], measured: Measured) -> RenderableType:
    runs = [run for group in groups for run in group.runs]
    has_mse = all(_mse(run) is not None for run in runs)
    table = plain_table(
        "run", "", "seed", "candidates", "search", "weights", f"valid {measured.title}",
        f"test {measured.title}",
        *(["test MSE"] if has_mse else []),
    )  # fmt: skip
    for group in groups:
        for run in group.runs:
            table.add_row(
                name(str(run.path)),
                group.name,
                str(run.config.seed),
                f"{run.n_done:,}",
                duration(run.outcome.search_seconds) if run.outcome is not None else "not ended",
                f"{run.models[0].n_weights:,}" if run.models else "-",
                number(measured.error(run, "valid")),
                number(measured.error(run, "test")),
                *([number(_mse(run))] if has_mse else []),
            )
    return table


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
