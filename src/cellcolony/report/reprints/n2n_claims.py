"""Claims of From Nodes to Networks: the Hall of Shame, and how little mixtures mind their settings.

Section 3.1: without the Hall of Shame, evolution goes back to regions that are exhausted. Section
4.4: the best mixture is more robust to changes of hyperparameters than layers of one node.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cellcolony.layers.epoch import perplexity
from cellcolony.report.battery.table import Table, printed
from cellcolony.report.reprints import REPRINTS, Reprint
from cellcolony.report.reprints.n2n import MIXTURE, NO_SHAME, SHAME, TIED, Studies
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.history import History

NAMES = ("evolution", "seed")
CUTS = 4
POINTS = ("points", "best", "median", "worst", "worst over best %")


def _tables(studies: Studies) -> Iterator[Table]:
    yield _of_shame(studies)
    yield _of_sensitivity(studies)


def _of_shame(studies: Studies) -> Table:
    """Return the best loss so far at some cuts of evolutions with the hall, and without."""
    rows = []
    method = studies.scale.evolution
    n = method.population * method.generations
    for kind, title in ((SHAME, "with the Hall of Shame"), (NO_SHAME, "without")):
        for seed, run in enumerate(studies.paths(kind)):
            studies.result(run.name)
            found = sorted(History.of(run / JOURNAL).by_arrival, key=lambda one: one.number)
            losses = [np.inf if one.loss is None else one.loss for one in found]
            best = [min(losses[: n * (cut + 1) // CUTS], default=np.inf) for cut in range(CUTS)]
            n_failed = sum(not np.isfinite(loss) for loss in losses)
            told = (perplexity(loss) if np.isfinite(loss) else None for loss in best)
            rows.append((title, seed, len(losses), n_failed, *told))
    columns = ("candidates", "failed", *(f"after {n * (cut + 1) // CUTS}" for cut in range(CUTS)))
    says = (
        "The Hall of Shame: search perplexity on validation of the best so far, after so many "
        "candidates, by the paper's evolution"
    )
    return Table(
        "n2n_hall_of_shame.csv", (*NAMES, *columns), rows, printed(says, NAMES, columns, rows)
    )


def _of_sensitivity(studies: Studies) -> Table:
    """Return how far apart the points of the same grid lie, of each model."""
    rows = []
    for name in (TIED, MIXTURE):
        tried = [one for one in studies.result(name).grid if one.rung == 0]
        for model in dict.fromkeys(one.model for one in tried):
            known = [one.perplexity for one in tried if one.model == model]
            found = np.array([one for one in known if one is not None])
            if len(found):
                best, median, worst = np.quantile(found, (0, 0.5, 1)).tolist()
                rows.append((model, len(known), best, median, worst, 100 * (worst / best - 1)))
    rows.sort(key=lambda row: row[-1])
    says = (
        f"Mixtures mind their settings less: perplexity over the grid {studies.scale.grid}, each "
        "point trained alike"
    )
    return Table(
        "n2n_sensitivity.csv", ("model", *POINTS), rows, printed(says, ("model",), POINTS, rows)
    )


REPRINTS.register("n2n_claims")(
    Reprint(
        paper="n2n",
        title="What the Hall of Shame adds, and how much depends on the settings",
        option="--claims",
        needs=lambda name: name.rpartition("-")[0] in (SHAME, NO_SHAME) or name in (TIED, MIXTURE),
        tables=_tables,
    )
)
