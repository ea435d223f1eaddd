"""Several seeds of one study: how far its findings reach, and whether its control does as well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

from rich.console import Group, RenderableType

from cellcolony.report.blocks import Column, Paragraph, TableBlock
from cellcolony.report.tables import SPREAD, shown, spread_row
from cellcolony.report.terminal import BLANK, render
from cellcolony.runs.comparison import Measured
from cellcolony.runs.model_kinds import OWN, by_kind, standing_for
from cellcolony.runs.result import Result
from cellcolony.runs.scores import CONTROL
from cellcolony.runs.significance import FEWEST_PAIRS, Paired, paired_test
from cellcolony.runs.spread import Spread
from cellcolony.tasks.scores import MEASURES
from cellcolony.wording import count, duration, number


def seeds_report(results: Sequence[Result]) -> RenderableType:
    """Return the table of the own model of each seed, and what all models come to."""
    what = f"best {results[0].noun} of" if results[0].front else "study's own model for"
    title = f"The {what} each of {count(len(results), 'seed')}, chosen on validation"
    each = runs_table(results, Measured.of(results), title, {})
    lines = map(Paragraph, seeds_lines(results))
    others = measures_of_runs(results, {})
    return Group(BLANK, render([each, *others, models_table(results), *lines]))


def runs_table(
    runs: Sequence[Result], measured: Measured, title: str, names: Mapping[Column, Sequence[str]]
) -> TableBlock:
    """Return the table of the own model of each of several runs.

    Args:
        runs: The runs.
        measured: What they are compared by.
        title: Stands above.
        names: Columns that come first, with a text for each run.
    """
    took = [
        "not ended" if run.outcome is None else duration(run.outcome.search_seconds) for run in runs
    ]
    chosen = [str(run.chosen.number) if run.front else "-" for run in runs]
    cells: dict[Column | str, Sequence[str]] = {
        **names,
        "seed": [str(run.config.seed) for run in runs],
        "candidates": [f"{run.n_done:,}" for run in runs],
        Column("search time", roomy=True): took,
        Column("chosen", roomy=True): chosen,
        "weights": [f"{run.models[0].n_weights:,}" if run.models else "-" for run in runs],
    }
    for split in ("valid", "test"):
        cells[f"{split} {measured.title}"] = [number(measured.error(run, split)) for run in runs]
    return TableBlock.of(cells, title)


def measures_of_runs(
    runs: Sequence[Result], names: Mapping[Column, Sequence[str]]
) -> list[TableBlock]:
    """Return the table of the other measures of the own model of each of several runs, on test.

    Args:
        runs: The runs.
        names: Columns that come first, with a text for each run.

    Returns:
        No table where no measure is known of every run.
    """
    cells: dict[Column | str, Sequence[str]] = {**names, "seed": [str(r.config.seed) for r in runs]}
    n_names = len(cells)
    for measure, title in MEASURES.items():
        values = [other_error(run, measure) for run in runs]
        if measure != runs[0].measure.name and None not in values:
            cells[f"test {title}"] = [*map(number, values)]
    if len(cells) == n_names:
        return []
    return [TableBlock.of(cells, "The same by other measures, on the same rows")]


def other_error(run: Result, measure: str) -> float | None:
    """Return another measure of the own model on test, in the mean over the targets."""
    if not run.models or not run.facts.targets:
        return None
    errors = [run.models[0].other(measure, "test", target) for target in run.facts.targets]
    known = [error for error in errors if error is not None]
    return fmean(known) if len(known) == len(errors) else None


def models_table(results: Sequence[Result]) -> TableBlock:
    """Return how far the errors of the own model, the control and the rivals reach over the seeds.

    A model that not every seed has is left out; one that was best alone stands for an ensemble.
    """
    measured, runs = Measured.of(results), [by_kind(result.models) for result in results]
    rows = []
    for kind in dict.fromkeys(kind for models in runs for kind in models):
        of = [model for models in runs if (model := standing_for(models, kind)) is not None]
        if len(of) == len(runs):
            title = f"evolved {results[0].noun}" if kind == OWN else kind
            errors = [measured.of_model(one) for one in of]
            rows.append((title, errors, [one.n_weights for one in of]))
    return spread_table(measured.words, rows)


def spread_table(
    head: str, rows: Iterable[tuple[str, Sequence[float | None], Sequence[int]]]
) -> TableBlock:
    """Return the table of how far errors and sizes reach.

    Args:
        head: What the errors are: "test MAE".
        rows: The names, errors and weights of the runs of each line.
    """
    cells = []
    for title, errors, sizes in rows:
        found, size = Spread.of(errors), Spread.of(sizes)
        reach = ""
        if size is not None:
            reach = f"{size.median:,.0f} ({size.least:,.0f} to {size.most:,.0f})"
        n = "0" if found is None else str(found.n)
        cells.append([title, n, *map(shown, spread_row(found)), reach])
    return TableBlock((Column(head, "name"), "runs", *SPREAD, "weights (min to max)"), cells)


def seeds_lines(results: Sequence[Result]) -> list[str]:
    """Say whether the own model is better than the control's by more than chance."""
    measured = Measured.of(results)
    pairs: dict[str, list[tuple[float, float]]] = {}
    for result in results:
        own = measured.error(result)
        for model in result.models:
            other = measured.of_model(model)
            is_control = model.role == CONTROL and not model.is_ensemble
            if is_control and own is not None and other is not None:
                pairs.setdefault(model.model, []).append((own, other))
    lines = []
    for title, both in pairs.items():
        mine, theirs = (list(side) for side in zip(*both, strict=True))
        ours = f"the evolved {results[0].noun}"
        lines += significance_lines(paired_test(mine, theirs), ours, title, measured.words)
    return lines


def significance_lines(compared: Paired, one: str, other: str, words: str) -> list[str]:
    """Say what a paired test over seeds says, and when it cannot say anything.

    Args:
        compared: The test.
        one: The first of the two.
        other: The second.
        words: What they are compared by: "test MAE".
    """
    n = compared.n_pairs
    lines = [
        f"Paired Wilcoxon test of {one} and {other} over {count(n, 'seed')}: "
        f"p = {compared.p_value:.3g} (two-sided); {one} has the lower {words} in "
        f"{compared.n_below} of {n}."
    ]
    if compared.is_too_small:
        lines.append(
            f"Warning: {count(n, 'pair')} cannot give a p below {compared.smallest_p:.3g}, "
            f"whatever the errors are: compare {one} and {other} on {FEWEST_PAIRS} seeds or more."
        )
    return lines
