"""The usual studies: a search for networks that forecast, one for nodes, and one language model."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cellcolony.contract import Judge
from cellcolony.errors import ConfigError
from cellcolony.judges.training.caps import Caps
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.runs.budget import Budget
from cellcolony.runs.layer_named import layer_named
from cellcolony.runs.ledger import Order
from cellcolony.runs.result import Result
from cellcolony.runs.stage import Stage
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.final_scores import TEXT_MEMBERS, FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.importance import ImportanceStage
from cellcolony.runs.stages.methods import MethodsStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.starts import StartFrom
from cellcolony.runs.study import Study
from cellcolony.search.methods import METHODS
from cellcolony.search.model import FixedModel
from cellcolony.search.presets import DEFAULTS, RIVALS, preset
from cellcolony.tasks import Task
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.language import Language

MOST_FAILED_NODES = 0.9
"""Evolution learns from nodes whose training diverges too, and of random ones many do."""
DEMONSTRATED = ("15s",)
"""The budget of the demonstration."""


def study_of(
    task: Task,
    method: Any,
    *,
    training: Any = None,
    judge: Judge | None = None,
    control: str | None = None,
    rivals: Sequence[str] | None = None,
    tuned: Sequence[str] = (),
    final_training: LanguageTraining | None = None,
    n_seeds: int = 3,
    rates: Sequence[float] = (1.0,),
    contenders: int = 1,
    seed: int = 0,
    order: Order = "arrival",
    candidate_seconds: float | None = None,
    candidate_steps: int | None = None,
    start_from: Iterable[StartFrom] = (),
) -> Study:
    """Return the usual study of a task by a method.

    Of a forecast: the search, its control if it is wanted, other methods as rivals, an ensemble of
    each, the plain rivals, the scores, and which columns matter. Of a text: the search, its
    control, the rivals as candidates, everybody's final trainings, and their scores.

    Args:
        task: The data: a `Forecast` or a `Language`.
        method: The settings of the search: `AntSwarm()`, `NodeEvolution()`.
        training: How a candidate is trained; None for the usual. Of a forecast also "modern" and
            "paper".
        judge: How much training a candidate gets; None for one whole training.
        control: "random" for random search over the same space, with as many candidates; None for
            no control.
        rivals: Who is compared, by name; None for the usual. Of a forecast also other methods of
            search ("examm", "fixed"), each with as much training as the search: see `MethodsStage`.
            Where only such are named, the usual rivals are compared as well.
        tuned: The rivals of a node that get as many trainings as the search.
        final_training: How nodes and their rivals are trained in the end; None for as candidates
            are.
        n_seeds: With how many seeds.
        rates: The menu of learning rates of everybody's final training, as factors.
        contenders: How many of the best nodes take part in that menu.
        seed: Keys every random stream.
        order: "arrival", or "strict": the same study for any number of workers.
        candidate_seconds: A candidate whose training takes longer has failed; not in strict order.
        candidate_steps: A candidate whose training needs more updates has failed.
        start_from: What the search begins with: see `Study.of`.

    Raises:
        ConfigError: The parts do not fit together, or a setting has a value that it cannot have.
    """
    controls = () if control is None else (ControlStage(method=control),)
    stages: tuple[Stage, ...]
    if isinstance(task, Language):
        final = final_training or (training if training is not None else LanguageTraining())
        stages = (
            SearchStage(most_failed=MOST_FAILED_NODES),
            *controls,
            CellsStage(cells=tuple(RIVALS if rivals is None else rivals), tuned=tuple(tuned)),
            FinalsStage(
                training=final,
                n_seeds=n_seeds,
                rates=tuple(map(float, rates)),
                contenders=contenders,
            ),
            FinalScoresStage(most_members=TEXT_MEMBERS),
        )
    else:
        others = tuple(name for name in rivals or () if name in METHODS.names())
        plain = tuple(name for name in rivals or () if name not in others)
        methods = () if not others else (MethodsStage(methods=others),)
        stages = (
            SearchStage(), *controls, *methods, EnsembleStage(), RivalsStage(names=plain),
            ScoresStage(), ImportanceStage(),
        )  # fmt: skip
    caps = Caps(candidate_seconds, candidate_steps)
    return Study.of(
        task, method, training=training, judge=judge, stages=stages, caps=caps, seed=seed,
        order=order, start_from=start_from,
    )  # fmt: skip


def evolve(
    task: Task, method: Any, budget: str | Iterable[str] | Budget | None = None, **options: Any
) -> Result:
    """Search for the best model of a task, and score it beside its rivals.

    Args:
        task: The data: a `Forecast` or a `Language`.
        method: The settings of the search: `AntSwarm(n_ants=20)`, `NodeEvolution()`.
        budget: "200 networks", "10min", "10 generations", "loss<0.01", or several.
        **options: Those of `study_of` (`training`, `control`, `seed`, ...) and of `Study.run`
            (`out`, `workers`, `executor`, `on_event`, `observers`, ...).

    Raises:
        ConfigError: A setting has a value that it cannot have.
        DataError: The data are too few for the training.
        RunError: `out` exists or cannot be made, or no candidate could be trained.
    """
    running = {key: options.pop(key) for key in RUNNING if key in options}
    return study_of(task, method, **options).run(budget, **running)


RUNNING = (
    "out", "workers", "executor", "device", "threads", "per_gpu", "on_event", "observers", "known",
)  # fmt: skip
"""The options of `Study.run`."""


def language_study(
    task: Language, layer: str | FixedModel, training: LanguageTraining | None = None, *,
    n_seeds: int = 1, seed: int = 0,
) -> Study:  # fmt: skip
    """Return the study of one language model: final trainings and their scores, without a search.

    Args:
        task: The text.
        layer: What its layers are made of: a cell, a file `cell.json`, the run directory of a
            search for nodes, or groups of units, "lstm:100,nascell:100".
        training: The model but for its cells, and how it is trained.
        n_seeds: With how many seeds it is trained.
        seed: The first.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        RunError: A file or a run cannot be read.
    """
    training = training or LanguageTraining()
    if isinstance(layer, str):
        layer = layer_named(layer, training.model.hidden)
    if not layer.mixture and layer.layer.n_units != training.model.hidden:
        raise ConfigError(
            f"The groups have {layer.layer.n_units} units in all, and `hidden` is "
            f"{training.model.hidden}: they must be the same."
        )
    finals = FinalsStage(training=training, n_seeds=n_seeds)
    stages = (finals, FinalScoresStage(most_members=TEXT_MEMBERS))
    return Study.of(task, layer, training=training, stages=stages, seed=seed)


def train_language_model(
    task: Language, layer: str | FixedModel = "lstm", training: LanguageTraining | None = None, *,
    seed: int = 0, out: str | Path | None = None, **options: Any,
) -> Result:  # fmt: skip
    """Train a language model of any cell, and score it once on the test text.

    Args:
        task: The text.
        layer: What its layers are made of: see `language_study`.
        training: The model but for its cells, and how it is trained.
        seed: Keys every random stream.
        out: The directory to write to; it must not exist. Without, nothing is written.
        **options: Those of `Study.run`: `device`, `threads`, `on_event`, `observers`.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        DataError: The text is too short.
        RunError: `out` exists or cannot be made, or the training failed in its first epoch.
    """
    return language_study(task, layer, training, seed=seed).run(out=out, **options)


def demonstration(seed: int = 0, **options: Any) -> Study:
    """Return a study of a series made on the spot, which shows something in 15 seconds.

    Its rivals are those that a careful user would try, tuned networks among them.

    Args:
        seed: Keys the series, and every random stream of the search.
        **options: Those of `study_of`.
    """
    usual = preset(DEFAULTS["forecast"])
    options = {"training": usual.training, "rivals": ("fixed",), **options}
    return study_of(Forecast.demo(seed), usual.method, seed=seed, **options)
