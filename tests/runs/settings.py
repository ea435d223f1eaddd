"""Small studies of each kind, which take a second or less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.networks.protocol import Protocol
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.importance import ImportanceStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.ants import AntSwarm
from cellcolony.search.model import FixedModel
from cellcolony.search.nodes import NodeEvolution
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.language import Language

TRAINING = Protocol(name="quick", epochs=2, window=20, lanes=4)
ANTS = AntSwarm(n_ants=4, n_layers=1, n_nodes_per_layer=3, cells=("simple",))

NODES = NodeEvolution(population=12, generations=4)
CANDIDATE = LanguageTraining(ModelSettings(hidden=4, layers=1), Schedule(epochs=2))
FINAL = LanguageTraining(ModelSettings(hidden=4, layers=1), Schedule(epochs=5))
SEARCH = SearchStage(most_failed=1.0)
"""Some candidates fail, and chance may let more than most of few do."""
OF_NODES = (
    SEARCH,
    ControlStage(),
    CellsStage(cells=("lstm", "gru", "nascell")),
    FinalsStage(training=FINAL, n_seeds=2),
    FinalScoresStage(),
)

MODEL = ModelSettings(hidden=6, layers=1, dropout=0.3, dropout_recurrent=0.2)
SCHEDULE = Schedule(epochs=3, batch=4, steps=10, full_epochs=1, decay=0.5)

TEXT = "the cat sat on the mat and the dog sat on the cat\n" * 30


def forecast(
    task: Forecast, stages: Sequence[Any] = (ScoresStage(),), method: Any = ANTS, **settings: Any
) -> Study:
    """Return a study of a forecast in strict order.

    Args:
        task: The data.
        stages: What follows the search.
        method: What searches.
        **settings: Of `Study.of`.
    """
    settings = {"training": TRAINING, "seed": 1, "order": "strict", **settings}
    return Study.of(task, method, stages=(SearchStage(), *stages), **settings)


def all_of_a_forecast() -> tuple[Any, ...]:
    """Return every stage that follows the search of a forecast, with few rivals."""
    rivals = RivalsStage(names=("persistence", "ridge", "GRU"))
    return ControlStage(), EnsembleStage(), rivals, ScoresStage(), ImportanceStage()


def nodes(
    task: Language, stages: Sequence[Any] = OF_NODES, method: Any = NODES, **settings: Any
) -> Study:
    """Return a search for nodes in strict order, with all that follows it.

    Args:
        task: The text.
        stages: What is done.
        method: What searches.
        **settings: Of `Study.of`.
    """
    settings = {"training": CANDIDATE, "seed": 1, "order": "strict", **settings}
    return Study.of(task, method, stages=stages, **settings)


def model(
    task: Language, cells: tuple[str, ...] = ("lstm",), units: tuple[int, ...] = (6,), *,
    made_of: ModelSettings = MODEL, seed: int = 3, n_seeds: int = 1,
    rates: tuple[float, ...] = (1.0,), **schedule: Any,
) -> Study:  # fmt: skip
    """Return a study that trains one small language model.

    Args:
        task: The text.
        cells: The cells of its layers.
        units: How many units each has.
        made_of: The model but for its cells.
        seed: The study's.
        n_seeds: With how many seeds it is trained.
        rates: With which factors of its learning rate, to choose by.
        **schedule: What its schedule has otherwise.
    """
    training = LanguageTraining(made_of, replace(SCHEDULE, **schedule))
    return Study.of(
        task, FixedModel("lstm", cells, units), training=training, seed=seed,
        stages=(FinalsStage(training=training, n_seeds=n_seeds, rates=rates), FinalScoresStage()),
    )  # fmt: skip


def text_in(folder: Path) -> Language:
    """Return a task whose text lies in a folder."""
    path = folder / "text.txt"
    path.write_text(TEXT)
    return Language.from_files(path)
