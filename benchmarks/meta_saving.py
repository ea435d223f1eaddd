"""What predicted fitness is worth to evolution, as in Figure 4b of Rawal & Miikkulainen 2018.

    python benchmarks/meta_saving.py OUT --train T --valid V --test U [--meta runs/meta]
        [--seeds 3] [--quarters 240] [--quick]

Arms, each a search by raced nodes with equal compute, counted in first quarters of a training:

    predicted   every candidate has the first quarter, and the predictor in --meta tells the rest
    last        the same, and the last mark of that quarter is the fitness: the paper's control
    short       a single rung of a training of that length that ends there, its rate at 0 [ours]
    whole       whole trainings, a quarter as many candidates
    race        the rungs of a quarter, a half and a whole [ours]

At five cuts of a search the best candidate so far, by what led it, is trained in full, by the
training that the curves were made by and a seed that led no search; of the race at the end alone.
OUT/full.csv holds a line for each; arms are paired by seed.

Runs that are there go on where they stood, and lines that are there are not computed again. One
thread. `--quick` takes minutes on any text: it makes its own curves and predictor from small
models, and shows that the way works; its numbers mean nothing.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from measured import add_row, rows_of

from cellcolony.cells.tree import Tree
from cellcolony.judges.full import FullTraining
from cellcolony.judges.meta import PredictedFitness
from cellcolony.judges.meta.compare import compare
from cellcolony.judges.meta.predictors.last import LastValue
from cellcolony.judges.meta.saved import SavedPredictor, read_files
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.report.reprints.n2n_saving import CUTS, best_so_far, trained_in_full
from cellcolony.runs.curves import read_curves
from cellcolony.runs.predictor_folder import write_predictor
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.nodes import RacedNodes
from cellcolony.search.presets import preset
from cellcolony.tasks.language import Language

ARMS = ("predicted", "last", "short", "whole", "race")
COLUMNS = ("arm", "seed", "cut", "quarters", "candidate", "node", "loss")


@dataclass(frozen=True, eq=False)
class Setup:
    """What all arms have in common.

    Attributes:
        task: The text.
        meta: The folder of the predictor.
        saved: The predictor.
        method: The settings of the race.
        n_quarters: How many first quarters each arm may spend.
    """

    task: Language
    meta: Path
    saved: SavedPredictor
    method: RacedNodes
    n_quarters: int

    @property
    def n_marks(self) -> int:
        """How many marks of training those are."""
        return self.n_quarters * self.saved.n_first

    def efforts(self, arm: str) -> tuple[int, ...]:
        """Return the marks that candidates of an arm are trained for, on each rung."""
        first, whole = self.saved.n_first, self.saved.n_marks
        return {"whole": (whole,), "race": (first, 2 * first, whole)}.get(arm, (first,))


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("out", type=Path)
    for name in ("train", "valid", "test"):
        arguments.add_argument(f"--{name}", default=())
    arguments.add_argument("--meta", type=Path)
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--quarters", type=int, default=240)
    arguments.add_argument("--quick", action="store_true")
    asked = arguments.parse_args()
    torch.set_num_threads(1)
    asked.out.mkdir(parents=True, exist_ok=True)
    task = Language.from_files(
        asked.train, asked.valid, asked.test, vocabulary=200 if asked.quick else 1_000
    )
    if asked.quick:
        asked.meta, asked.seeds, asked.quarters = _quick_meta(asked.out, task), 1, 16
    saved = SavedPredictor.of_files(read_files(asked.meta), str(asked.meta))
    method = preset("lab", "language").method
    setup = Setup(task, asked.meta, saved, method, asked.quarters)
    done = _done(asked.out / "full.csv")
    for seed in range(asked.seeds):
        for arm in ARMS:
            run = _run(setup, arm, seed, asked.out)
            for cut, quarters, candidate, tree in _cuts(setup, arm, run):
                if (arm, str(seed), str(cut)) not in done:
                    loss = _whole(setup, tree)
                    row = (arm, seed, cut, quarters, candidate, tree.text, loss)
                    add_row(asked.out / "full.csv", COLUMNS, row)
    _tell(asked.out / "full.csv")


def _quick_meta(out: Path, task: Language) -> Path:
    """Make a predictor from whole trainings of very small models; return its folder."""
    folder = out / "meta"
    if not folder.exists():
        model = ModelSettings(hidden=8, layers=1)
        schedule = Schedule(
            epochs=1, parts=4, optimizer="adam", learning_rate=0.02, shape="cosine", scored=0.5,
            l2=0.0, lanes=4,
        )  # fmt: skip
        method = replace(preset("lab", "language").method, efforts=(8,), shares=(1.0,))
        study = Study.of(
            task, method, training=LanguageTraining(model, schedule), stages=(_stage(),)
        )
        if not (out / "curves").exists():
            study.run("16networks", out=out / "curves", executor="threads", device="cpu")
        curves = read_curves([out / "curves"], 2, 8).curves
        write_predictor(folder, compare(curves, 2, by="node"))
    return folder


def _stage() -> SearchStage:
    return SearchStage(most_failed=1.0)


def _run(setup: Setup, arm: str, seed: int, out: Path) -> Path:
    """Search, or go on; return the run directory."""
    path, saved, budget = out / f"{arm}-{seed}", setup.saved, f"{setup.n_marks}trainings"
    if path.exists():
        resume(path, budget, executor="threads", device="cpu")
        return path
    shares = setup.method.shares if arm == "race" else (1.0,)
    method = replace(setup.method, efforts=setup.efforts(arm), shares=shares)
    judge = FullTraining()
    if arm in ("predicted", "last"):
        judge = PredictedFitness(meta=str(setup.meta if arm == "predicted" else _last(setup, out)))
    schedule = replace(saved.training.schedule, epochs=1)
    study = Study.of(
        setup.task, method, training=replace(saved.training, schedule=schedule), judge=judge,
        stages=(_stage(),), seed=seed,
    )  # fmt: skip
    study.run(budget, out=path, executor="threads", device="cpu")
    return path


def _last(setup: Setup, out: Path) -> Path:
    """Write the predictor that believes the last mark; return its folder."""
    folder = out / "last"
    folder.mkdir(exist_ok=True)
    last = replace(setup.saved, name="last", predictor=LastValue(), valid=None, test=None)
    for name, content in last.files().items():
        (folder / name).write_bytes(content)
    return folder


def _cuts(setup: Setup, arm: str, run: Path) -> Iterator[tuple[int, float, int, Tree]]:
    """Yield, at each cut, the quarters until then, and the best candidate by what led the arm."""
    cuts = range(CUTS - 1 if arm == "race" else 0, CUTS)
    for cut, marks, number, tree in best_so_far(run, setup.efforts(arm), setup.n_marks, cuts):
        yield cut, marks / setup.saved.n_first, number, tree


def _whole(setup: Setup, tree: Tree) -> float:
    """Return the final loss of a whole training."""
    training = setup.saved.training
    mark = replace(training, schedule=replace(training.schedule, epochs=1))
    return trained_in_full(setup.task, mark, setup.saved.n_marks, tree)


def _done(path: Path) -> set[tuple[str, ...]]:
    return {(row["arm"], row["seed"], row["cut"]) for row in rows_of(path)}


def _tell(path: Path) -> None:
    """Print the perplexity of whole trainings at each cut, and the arms in pairs at the end."""
    rows = rows_of(path)
    print("\nPerplexity of the best so far, trained in full: geometric mean over seeds")
    for arm in ARMS:
        cells = []
        for cut in range(CUTS):
            own = [
                float(one["loss"]) for one in rows if (one["arm"], one["cut"]) == (arm, str(cut))
            ]
            cells.append(f"{math.exp(np.mean(own)):8.2f}" if own else "       -")
        print(f"{arm:>10}", *cells)
    last = {
        (one["arm"], one["seed"]): float(one["loss"]) for one in rows if one["cut"] == str(CUTS - 1)
    }
    for other in ARMS[1:]:
        pairs = [
            last["predicted", seed] - loss
            for (arm, seed), loss in last.items()
            if arm == other and ("predicted", seed) in last
        ]
        if pairs:
            told = ", ".join(f"{100 * (math.exp(one) - 1):+.2f} %" for one in pairs)
            print(f"predicted against {other}, by seed: {told}")


if __name__ == "__main__":
    main()
