"""`cellcolony train-meta`: fit predictors of what a training ends at."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Literal

from cellcolony.cli.printing import print_parts


def train_meta(
    runs: list[Path],
    /,
    *,
    out: Path,
    marks: int = 40,
    first: int = 10,
    split: Literal["search", "node"] = "search",
    predictor: str | None = None,
    seed: int = 0,
) -> None:
    """Fit predictors of what trainings end at, from their first marks, for --judge meta.

    Args:
        runs: Runs of evolve-node, whose candidates were trained for as many marks, with the
            searches within them; or files of curves (docs/how-to/files.md).
        out: The folder to write; it must not exist. It holds the predictor that serves, which
            `evolve-node --judge meta --meta` reads, the errors of all, and the curves as CSV.
        marks: How many marks a whole training has: epochs of its schedule, which may be parts of
            one.
        first: How many of them are known when a prediction is made.
        split: What stays together when curves are split into those to learn from, to choose by and
            to test on: all curves of a search, or of a node alone. Clones stay together anyway.
        predictor: The one that serves; without, ridge while there are fewer than 200 curves, else
            the best on validation. See `cellcolony list predictors`.
        seed: Keys the split, and what predictors draw.
    """
    from cellcolony.judges.meta.compare import compare
    from cellcolony.report.predictors import predictors_report
    from cellcolony.report.terminal import render
    from cellcolony.runs.curves import read_curves
    from cellcolony.runs.directory import refuse_existing
    from cellcolony.runs.predictor_folder import write_predictor

    refuse_existing(out)
    found = read_curves(runs, first, marks)
    where = ", ".join(map(str, runs))
    comparison = compare(found.curves, first, by=split, wanted=predictor, seed=seed, where=where)
    print_parts(render(list(predictors_report(found, comparison))))
    write_predictor(out, comparison)
    print(f"Written: {out}")
    print(f"To use it: cellcolony evolve-node ... --judge meta --meta {shlex.quote(str(out))}")
