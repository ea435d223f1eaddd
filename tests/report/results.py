"""Studies that nobody has carried out, as a report is given them."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from cellcolony.cells.named_trees import tree_of
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.networks.genome import Network, Node
from cellcolony.networks.protocol import protocol
from cellcolony.report.sections import Place, contents
from cellcolony.report.terminal import report
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Champion
from cellcolony.runs.outcome import Outcome
from cellcolony.runs.result import Result
from cellcolony.runs.scores import CONTROL, EVOLVED, FINAL, MODEL, RIVAL, SEARCH, Score
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.search.ants import AntSwarm
from cellcolony.search.model import FixedModel
from cellcolony.search.nodes import NodeEvolution
from cellcolony.tasks.summary import FileSummary, Summary
from tests.report.rendered import rendered

NETWORK = Network(
    (Node(0, "input", 0.0), Node(1, "output", 1.0, "linear")),
    np.array([(0, 1)], np.int32),
    np.zeros((0, 3), np.int32),
    np.zeros(2, np.float32),
)
DATA = Summary(
    files=(
        FileSummary("in/a.csv", 100, {"train": (0, 85), "valid": (85, 100)}),
        FileSummary("in/b.csv", 100, {"train": (0, 85), "valid": (85, 100)}),
        FileSummary("in/c.csv", 50, {"test": (0, 50)}),
    ),
    n_rows=250,
    inputs=("x", "y"),
    targets=("y",),
    left_out=("note",),
    horizon=2,
    time="when",
    step="1 min",
    missing=0.0125,
    fill="previous",
    scale="minmax",
    n_scored={"train": 166, "valid": 30, "test": 36},
)
TEXT = {
    "kind": "language",
    "fingerprint": "c0ffee",
    "n_vocabulary": 12,
    "texts": [{"split": split, "name": "a.txt", "n_tokens": 100, "n_unknown": 5}
              for split in ("train", "valid", "test")],
    "source": {"files": {}, "tokens": "words", "vocabulary": 12, "encoding": "utf-8"},
}  # fmt: skip
TREE = tree_of("node:mul(sigmoid(z0), tanh(z1))")
OUTCOME = Outcome(
    "12 networks or 10 min", 2, "its time was up", False, 600.0,
    {"search": 600.0, "rivals": 1.5}, test_readings=1,
)  # fmt: skip


def task(targets: tuple[str, ...] = ("y",)) -> dict[str, Any]:
    """Return what the settings of a study keep of `DATA`."""
    known = asdict(replace(DATA, targets=targets))
    files = [{**file, "fingerprint": "f"} for file in known.pop("files")]
    zeros, ones = [0.0] * len(targets), [1.0] * len(targets)
    transform = {
        "inputs": list(DATA.inputs), "targets": list(targets), "horizon": DATA.horizon,
        "input_offset": [0.0, 0.0], "input_width": [1.0, 1.0],
        "target_offset": zeros, "target_width": ones,
    }  # fmt: skip
    more = {"fingerprint": "c0ffee", "files": files, "transform": transform}
    return {"kind": "forecast", **known, **more}


def score(model: str, split: str, mae: float, target: str = "y", **more: Any) -> Score:
    """Return the MAE of a model of a forecast: "network 9" is of the front."""
    candidate = int(model.split()[1]) if model.startswith("network") else None
    role = RIVAL if candidate is None else EVOLVED
    role = CONTROL if model == "random search" else role
    told = {"n_weights": 7, "candidate": candidate, **more}
    return Score(
        model=model, role=role, stage=SEARCH, split=split, measure="mae", n_rows=36, seconds=0.2,
        value=mae, target=target, **told,
    )  # fmt: skip


def squared(score: Score) -> Score:
    """Return the MSE that belongs to an MAE."""
    return replace(score, measure="mse", value=None if score.value is None else score.value**2)


def forecast_result(network_mae: float, rival_mae: float) -> Result:
    """Return a study of a forecast with a front of two networks and two rivals."""
    scores = (
        score("network 4", "valid", 0.5),
        score("network 4", "test", 0.01),
        score("network 9", "valid", 0.25),
        score("network 9", "test", network_mae),
        score("persistence", "valid", 0.8),
        score("persistence", "test", 0.9),
        score("ridge-1", "valid", 0.3),
        score("ridge-1", "test", rival_mae),
    )
    return Result(
        config=StudyConfig(
            task(), AntSwarm(), protocol("modern"), (SearchStage(), RivalsStage(), ScoresStage()),
            seed=3,
        ),
        front=(Champion(4, NETWORK, 0.2), Champion(9, NETWORK, 0.1)),
        scores=(*scores, *map(squared, scores)),
        n_done=12,
        n_failed=2,
        outcome=OUTCOME,
        path=Path("my runs/coal"),
    )  # fmt: skip


def with_scores(result: Result, *extra: Score) -> Result:
    """Return a study with more scores."""
    return replace(result, scores=(*result.scores, *extra))


def with_targets(result: Result, *targets: str) -> Result:
    """Return a study of other targets."""
    return replace(result, config=replace(result.config, task=task(targets)))


def final(
    model: str, test: float | None, seed: int | None = 0, valid: float | None = None, **more: Any
) -> Score:
    """Return the final test perplexity of a model; `finals` adds that of validation."""
    role = {"evolved node": EVOLVED, "random search": CONTROL, "own": MODEL}.get(model, RIVAL)
    return Score(
        model, role, FINAL, "test", "perplexity", 100, 99, 1.0, test, seed=seed,
        candidate=7 if role == EVOLVED else None, **more,
    )  # fmt: skip


def node_result(*finals: Score, valid: dict[str, float] | None = None, **more: Any) -> Result:
    """Return a search for nodes whose best is node 7.

    Args:
        *finals: Final test perplexities.
        valid: Those of validation, by model, where they are others than those of the test.
        **more: What the result has otherwise.
    """
    training = LanguageTraining()
    both = [
        replace(one, split=split, value=(valid or {}).get(one.model, one.value))
        if split == "valid" else one
        for one in finals for split in ("valid", "test")
    ]  # fmt: skip
    searched = {
        one.model: replace(one, stage=SEARCH, split="valid", value=150.0, seed=None, failure="")
        for one in finals
    }
    stages = (
        SearchStage(), ControlStage(), CellsStage(cells=("lstm", "gru")),
        FinalsStage(training=training, n_seeds=2),
    )  # fmt: skip
    settings = {
        "config": StudyConfig(TEXT, NodeEvolution(), training, stages),
        "front": (Champion(7, TREE, 5.0),), "scores": (*searched.values(), *both),
        "n_done": 48, "n_failed": 3, "outcome": OUTCOME, "path": None,
    }  # fmt: skip
    return Result(**{**settings, **more})


def model_result(*finals: Score, **more: Any) -> Result:
    """Return a study that trains one language model."""
    training = LanguageTraining()
    config = StudyConfig(TEXT, FixedModel(), training, (FinalsStage(training=training),))
    result = node_result(*finals, config=config, front=(), n_done=0, n_failed=0, **more)
    return replace(result, scores=tuple(one for one in result.scores if one.stage == FINAL))


def text_of(result: Result, width: int = 80, place: Place = "final") -> str:
    """Return what a terminal of a width shows of a study."""
    return rendered(report(contents(result, place)), width)
