"""Several seeds of one study: how far its findings reach, and whether its control does as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cellcolony.report.tables import plain_table
from cellcolony.runs.comparison import Measured
from cellcolony.runs.result import Result
from cellcolony.runs.scores import CONTROL, Contender
from cellcolony.runs.significance import FEWEST_PAIRS, Paired, paired_test
from cellcolony.runs.spread import Spread
from cellcolony.wording import count, duration, name, number

SPREAD = ("mean", "sd", "min", "median", "max")


def seeds_report(results: Sequence[Result]) -> RenderableType:
    """Return the table of the own model of each seed, and what all models come to."""
    title = f"The study's own model for each of {count(len(results), 'seed')}"
    if results[0].front:
        title = f"The best {results[0].noun} of each of {count(len(results), 'seed')}"
    return Group(
        Text(),
        Text(f"{title}, chosen on validation", style="bold"),
        _each(results),
        Text(),
        models_table(results),
        *map(Text, seeds_lines(results)),
    )


def _each(results: Sequence[Result]) -> Table:
    measured = Measured.of(results)
    table = plain_table(
        "seed", "candidates", "search time", "chosen", "weights", f"valid {measured.title}",
        f"test {measured.title}",
    )  # fmt: skip
    for result in results:
        outcome = result.outcome
        table.add_row(
            str(result.config.seed),
            f"{result.n_done:,}",
            duration(outcome.search_seconds) if outcome is not None else "-",
            str(result.chosen.number) if result.front else "-",
            f"{result.models[0].n_weights:,}",
            number(measured.error(result, "valid")),
            number(measured.error(result, "test")),
        )
    return table


def models_table(results: Sequence[Result]) -> Table:
    """Return how far the errors of the own model, the control and the rivals reach over the seeds.

    A rival that not every seed has, such as a network as large as the best one, is left out.
    """
    measured = Measured.of(results)
    models: dict[str, list[Contender]] = {}
    for result in results:
        for i, model in enumerate(result.models):
            title = f"evolved {result.noun}" if i == 0 and result.front else model.model
            models.setdefault(title, []).append(model)
    return spread_table(
        measured.words,
        [
            (title, [measured.of_model(one) for one in of], [one.n_weights for one in of])
            for title, of in models.items()
            if len(of) == len(results)
        ],
    )


def spread_table(
    head: str, rows: Iterable[tuple[str, Sequence[float | None], Sequence[int]]]
) -> Table:
    """Return the table of how far errors and sizes reach.

    Args:
        head: What the errors are: "test MAE".
        rows: The names, errors and weights of the runs of each line.
    """
    table = plain_table(head, "runs", *SPREAD, "weights (min to max)")
    for title, errors, sizes in rows:
        found, size = Spread.of(errors), Spread.of(sizes)
        reach = ""
        if size is not None:
            reach = f"{size.median:,.0f} ({size.least:,.0f} to {size.most:,.0f})"
        n = 0 if found is None else found.n
        table.add_row(name(title), str(n), *spread_cells(found), reach)
    return table


def spread_cells(found: Spread | None) -> list[str]:
    """Return the mean, the deviation, the least, the median and the largest value, as texts."""
    if found is None:
        return ["-"] * len(SPREAD)
    return [number(one) for one in (found.mean, found.sd, found.least, found.median, found.most)]


def seeds_lines(results: Sequence[Result]) -> list[str]:
    """Say whether the own model is better than the control's by more than chance."""
    measured = Measured.of(results)
    pairs: dict[str, list[tuple[float, float]]] = {}
    for result in results:
        own = measured.error(result)
        for model in result.models:
            other = measured.of_model(model)
            if model.role == CONTROL and own is not None and other is not None:
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
