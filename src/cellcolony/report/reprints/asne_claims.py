"""The claims of the Ant Swarm paper, each held against the runs of the battery."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import TypeAlias

from cellcolony.report.battery.table import Table, printed
from cellcolony.report.reprints import REPRINTS, Reprint
from cellcolony.report.reprints.asne_figures import best_of_grid
from cellcolony.report.reprints.experiments import Experiments, anything
from cellcolony.runs.battery.grid import Place
from cellcolony.runs.battery.summary import ConfigurationSummary, compared_on
from cellcolony.runs.intervals import holm
from cellcolony.runs.significance import paired_test

LEVEL = 0.05
NAMES = ("claim", "better", "than")
COLUMNS = ("difference %", "pairs", "wins", "p", "p (Holm)", "verdict")


@dataclass(frozen=True)
class Claim:
    """That one group of an axis has lower errors than another.

    Attributes:
        text: The claim, and the section of the paper.
        axis: The axis.
        better: The groups that are said to be better.
        worse: Those that are said to be worse.
    """

    text: str
    axis: str
    better: tuple[str, ...]
    worse: tuple[str, ...]


SOCIAL = ("explorer+forward", "explorer+both")
STANDARD = ("standard", "standard biased")
CLAIMS = (
    Claim("layer jumping pays", "traversal", ("jumping",), ("no jumping",)),
    Claim("ants with roles beat standard ants", "traversal", SOCIAL, STANDARD),
    Claim("social ants beat explorers alone", "traversal", SOCIAL, ("explorer",)),
    Claim("forward beats backward recurrence", "traversal", SOCIAL[:1], ("explorer+backward",)),
    Claim("phi by function pays", "weights", ("phi function",), ("no phi",)),
    Claim("constant phi pays", "weights", ("phi constant",), ("no phi",)),
    Claim("L1 pheromone pays", "pheromone", ("L1",), ("constant",)),
    Claim("L2 pheromone pays", "pheromone", ("L2",), ("constant",)),
    Claim("more ants are better", "ants", ("160 ants", "80 ants", "40 ants"), ("20 ants",)),
)
"""ElSaid et al. 2020, section 4.4."""


@dataclass(frozen=True)
class Held:
    """A claim with the pairs of errors that speak of it.

    Attributes:
        text: The claim.
        better: Who is said to be better.
        worse: Than whom.
        pairs: The errors of both.
    """

    text: str
    better: str
    worse: str
    pairs: Sequence[tuple[float, float]]


def _tables(experiments: Experiments) -> Iterator[Table]:
    """Yield the claims: paired over configurations that are alike else, or over repeats."""
    held = [one for one in _held(experiments) if one.pairs]
    if not held:
        return
    tests = [paired_test(*zip(*one.pairs, strict=True)) for one in held]
    corrected = holm([test.p_value for test in tests])
    rows = []
    for one, test, p in zip(held, tests, corrected, strict=True):
        share = 100 * median((a - b) / b for a, b in one.pairs)
        verdict = "not decided"
        if p < LEVEL:
            verdict = "holds" if share < 0 else "refuted"
        rows.append((one.text, one.better, one.worse, share, test.n_pairs, test.n_below,
                     test.p_value, p, verdict))  # fmt: skip
    says = (
        "The paper's claims (section 4.4), by the paired Wilcoxon test, corrected by Holm: over "
        "pairs of configurations that are alike but for the heuristic, by the mean of their "
        "repeats; the best configuration and each rival over their repeats. The difference is the "
        "median of the pairs, below 0 where the claim holds"
    )
    yield Table("asne_claims.csv", (*NAMES, *COLUMNS), rows, printed(says, NAMES, COLUMNS, rows))


def _held(experiments: Experiments) -> Iterator[Held]:
    split = compared_on(experiments.found)
    grid = [one for one in experiments.grid if one.errors(split)]
    for claim in CLAIMS:
        better, worse = (
            _by_rest(grid, claim, names, split) for names in (claim.better, claim.worse)
        )
        pairs = [(fmean(better[rest]), fmean(worse[rest])) for rest in better if rest in worse]
        yield Held(claim.text, " or ".join(claim.better), " or ".join(claim.worse), pairs)
    for best in best_of_grid(experiments, 1):
        for rival in experiments.rivals:
            ours, theirs = _by_repeat(best, split), _by_repeat(rival, split)
            pairs = [(ours[repeat], theirs[repeat]) for repeat in ours if repeat in theirs]
            yield Held(f"the best colony beats {rival.label}", best.label, rival.label, pairs)


def _by_repeat(one: ConfigurationSummary, split: str) -> dict[int, float]:
    errors = {record.repeat: getattr(record, split) for record in one.records}
    return {repeat: error for repeat, error in errors.items() if error is not None}


Rest: TypeAlias = tuple[tuple[Place, ...], frozenset[str]]
"""What two configurations of a pair have in common: the levels on the other axes, and the groups of
the claim's axis that it does not speak of. So explorers that jump are paired with those that do
not, and social ants that jump with explorers that do."""


def _by_rest(
    grid: Sequence[ConfigurationSummary], claim: Claim, names: Sequence[str], split: str
) -> dict[Rest, list[float]]:
    """Return the errors of some groups of a claim, by what a pair has in common."""
    found: dict[Rest, list[float]] = {}
    for one in grid:
        configuration = one.configuration
        groups = {place.name for place in configuration.groups if place.axis == claim.axis}
        if groups & set(names):
            levels = tuple(place for place in configuration.levels if place.axis != claim.axis)
            rest = levels, frozenset(groups - {*claim.better, *claim.worse})
            found.setdefault(rest, []).extend(one.errors(split))
    return found


REPRINTS.register("asne_claims")(
    Reprint("asne", "Which claims hold, tested", "--claims", anything, _tables)
)
