"""Several seeds of one search: how far its findings reach, and whether chance does as well."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from cellcolony.report.tables import plain_table
from cellcolony.runs.against import TITLES
from cellcolony.runs.comparison import Spread, error_of
from cellcolony.runs.result import Result
from cellcolony.runs.significance import Paired, paired_test
from cellcolony.wording import count, duration, number


def seeds_report(results: Sequence[Result]) -> RenderableType:
    """Return the table of the best network of each seed, and what it comes to."""
    table = plain_table(
        "seed", "networks", "search time", "network", "weights", "valid MAE", "test MAE"
    )
    for result in results:
        outcome = result.outcome
        table.add_row(
            str(result.config.seed),
            f"{result.n_done:,}",
            duration(outcome.search_seconds) if outcome is not None else "-",
            str(result.chosen.number),
            f"{result.best.n_weights:,}",
            number(error_of(result, "valid")),
            number(error_of(result, "test")),
        )
    title = f"The best network of each of {count(len(results), 'seed')}, chosen on validation"
    return Group(Text(), Text(title, style="bold"), table, *map(Text, seeds_lines(results)))


def seeds_lines(results: Sequence[Result]) -> list[str]:
    """Say how far errors and sizes reach over the seeds, beside those of random search."""
    ours = [error_of(result, "test") for result in results]
    sizes = [result.best.n_weights for result in results]
    known = [error for error in ours if error is not None]
    lines = [spread_line("Evolved networks", known, sizes)] if known else []
    for title in TITLES.values():
        pairs = [
            (error, other)
            for error, result in zip(ours, results, strict=True)
            if error is not None and (other := _rival_error(result, title)) is not None
        ]
        if pairs:
            mine, theirs = (list(side) for side in zip(*pairs, strict=True))
            n_weights = [_rival_size(result, title) for result in results]
            others = [size for size in n_weights if size is not None]
            lines.append(spread_line(title.capitalize(), theirs, others))
            compared = paired_test(mine, theirs)
            lines += significance_lines(compared, "the evolved network", title)
    return lines


def spread_line(name: str, errors: Sequence[float], sizes: Sequence[int]) -> str:
    """Say the median and the reach of test errors and sizes."""
    error, size = Spread.of(errors), Spread.of(sizes)
    return (
        f"{name}, {count(len(errors), 'seed')}: test MAE median {number(error.median)} "
        f"({number(error.least)} to {number(error.most)}); weights median {size.median:,.0f} "
        f"({size.least:,.0f} to {size.most:,.0f})."
    )


def significance_lines(compared: Paired, one: str, other: str) -> list[str]:
    """Say what a paired test over seeds says, and when it cannot say anything."""
    n = compared.n_pairs
    lines = [
        f"Paired Wilcoxon test over {count(n, 'seed')}: p = {compared.p_value:.3g} (two-sided); "
        f"{one} has the lower test MAE in {compared.n_below} of {n}."
    ]
    if compared.is_too_small:
        lines.append(
            f"Warning: {count(n, 'pair')} cannot give a p below {compared.smallest_p:.3g}, "
            f"whatever the errors are: compare {one} and {other} on 6 seeds or more."
        )
    return lines


def _rival_error(result: Result, title: str) -> float | None:
    errors = [s.mae for s in result.rivals if (s.model, s.split) == (title, "test")]
    return sum(errors) / len(errors) if errors else None


def _rival_size(result: Result, title: str) -> int | None:
    return next((score.n_weights for score in result.rivals if score.model == title), None)
