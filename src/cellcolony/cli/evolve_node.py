"""`cellcolony evolve-node`: search for a recurrent node for a text, and compare it with rivals."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, Parameter

from cellcolony.cli.running import going_on_later, n_workers
from cellcolony.cli.train_lm import TextOptions
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.search.nodes import NodeEvolution
from cellcolony.search.presets import DEFAULTS, RIVALS, Preset
from cellcolony.search.presets import preset as preset_named

if TYPE_CHECKING:
    from cellcolony.runs.nodes.result import NodeResult
    from cellcolony.tasks.language import Language

DEFAULT = DEFAULTS["language"]
SMALL = preset_named(DEFAULT, "language")
TEXT = TextOptions(SMALL.task_settings.tokens, SMALL.task_settings.vocabulary)


def _of_preset(group: str) -> Parameter:
    """Return a group of options whose defaults the preset tells, and not the class."""
    return Parameter(name="*", group=group, show_default=False)


@Parameter(name="*", group="Run")
@dataclass(frozen=True)
class NodeRunOptions:
    """How to search, and where to.

    Attributes:
        budget: When the search ends: 2h, 10min, 200networks or 'loss<4.5' (in nats a token). May be
            repeated; the first to be reached counts. Random search, the rivals and the final
            trainings come after it. Without, as the preset says, or after all generations.
        seed: The same seed on one worker, or in strict order, is the same search.
        workers: How many candidates train at once. Without, one for each processor core.
        order: How results are told to the search; strict is the same for any number of workers.
        executor: Where candidates train: in processes, or in threads of this one.
        candidate_seconds: A candidate whose training takes longer has failed; not in strict order.
        random: Whether random search over the same trees gets as many trainings afterwards.
        rivals: A cell to compare with. May be repeated.
        tuned: A rival that gets as many trainings as the evolution: its learning rate, clip and
            first weights are searched. May be repeated; --no-tuned for none. Without, as the preset
            says.
        n_seeds: With how many seeds everybody is trained in the end.
        out: The run directory to write; it must not exist. Without, runs/ with date and time.
    """

    budget: tuple[str, ...] = ()
    seed: int = 0
    workers: int | None = None
    order: Literal["arrival", "strict"] = "arrival"
    executor: Literal["processes", "threads"] = "processes"
    candidate_seconds: float | None = None
    random: bool = True
    rivals: tuple[str, ...] = RIVALS
    tuned: Annotated[tuple[str, ...], Parameter(negative="--no-tuned", show_default=False)] = ()
    n_seeds: int = 3
    out: Path | None = None


@Parameter(name="*", group="Final training, where it differs")
@dataclass(frozen=True)
class FinalOptions:
    """What is otherwise where the best node and its rivals are compared.

    Attributes:
        final_hidden: Units of each layer.
        final_layers: Recurrent layers.
        final_dropout: The share that is dropped of what enters each layer, and the softmax.
        final_dropout_recurrent: The share that is dropped of what a layer sees of its own output.
        final_epochs: Passes over the training text.
        final_learning_rate: That of the first epoch.
    """

    final_hidden: int | None = None
    final_layers: int | None = None
    final_dropout: float | None = None
    final_dropout_recurrent: float | None = None
    final_epochs: int | None = None
    final_learning_rate: float | None = None


evolve_node = App(
    name="evolve-node",
    help="Evolve a recurrent node for a text by genetic programming, and compare it with rivals.",
)


@evolve_node.default
def evolve(
    *,
    train: list[str],
    valid: list[str] | None = None,
    test: list[str] | None = None,
    preset: str = DEFAULT,
    text: Annotated[TextOptions, _of_preset("Text")] = TEXT,
    run: NodeRunOptions = NodeRunOptions(),
    search: Annotated[NodeEvolution, _of_preset("Evolution")] = SMALL.method,
    model: Annotated[ModelSettings, _of_preset("Model")] = SMALL.training.model,
    training: Annotated[Schedule, _of_preset("Training")] = SMALL.training.schedule,
    final: FinalOptions = FinalOptions(),
) -> None:
    """Evolve a recurrent node, judged by training small language models on a text.

    Args:
        train: A file or pattern to learn from. May be repeated.
        valid: To choose on. Without, the last 15 % of the training text. May be repeated.
        test: To touch once, at the end. Without, the last 15 % of the training text. May be
            repeated.
        preset: Settings under a name: small, paper or demo, or a TOML file of your own. The
            command line's win.
        text: How the text is read.
        run: How to search, and where to.
        search: The settings of the evolution.
        model: The language model that a candidate fills.
        training: How that is trained.
        final: What is otherwise in the end.
    """
    from cellcolony.cli.running import new_run_path
    from cellcolony.runs.directory import refuse_existing
    from cellcolony.runs.language.needs import check_extra

    check_extra()
    out = new_run_path() if run.out is None else run.out
    refuse_existing(out)
    found = preset_named(
        preset, "language"
    )  # the other arguments have its settings: see `cli/preset.py`
    task = text.read(train, valid, test)
    models = _with_final(found, model, training, final)
    _evolve(task, search, models, run, out)


@evolve_node.command
def demo(
    *,
    budget: tuple[str, ...] = (),
    seed: int = 0,
    workers: int | None = None,
    out: Path | None = None,
) -> None:
    """Evolve a node on the manual that Python brings along, in some four minutes; needs no file.

    Args:
        budget: When the search ends, as for evolve-node. Without, after 90 s at most.
        seed: The same seed on one worker is the same search.
        workers: How many candidates train at once. Without, one for each processor core.
        out: The run directory to write; it must not exist. Without, runs/ with date and time.
    """
    from cellcolony.cli.running import new_run_path
    from cellcolony.runs.directory import refuse_existing
    from cellcolony.runs.language.needs import check_extra
    from cellcolony.tasks.language import Language

    check_extra()
    out = new_run_path() if out is None else out
    refuse_existing(out)
    found = preset_named("demo", "language")
    run = NodeRunOptions(
        budget=budget or found.budget,
        seed=seed,
        workers=workers,
        rivals=found.rivals or (),
        tuned=found.tuned,
        n_seeds=found.n_seeds,
        out=out,
    )
    models = _with_final(found, found.training.model, found.training.schedule, FinalOptions())
    _evolve(Language.demo(found.task_settings.vocabulary), found.method, models, run, out)


def _with_final(
    preset: Preset, model: ModelSettings, training: Schedule, final: FinalOptions
) -> dict[str, Any]:
    """Return the models and the trainings of the search and of the end."""
    end = preset.final_training(LanguageTraining(model, training))
    given = {
        key.removeprefix("final_"): value
        for key, value in asdict(final).items()
        if value is not None
    }
    of_training = {key: given.pop(key) for key in ("epochs", "learning_rate") if key in given}
    return {
        "model": model,
        "training": training,
        "final_model": replace(end.model, **given),
        "final_training": replace(end.schedule, **of_training),
    }


def _evolve(
    task: Language, search: NodeEvolution, models: dict[str, Any], run: NodeRunOptions, out: Path
) -> None:
    from cellcolony.cli.printing import print_parts
    from cellcolony.report.language.texts import texts_table
    from cellcolony.report.watch import watch
    from cellcolony.runs.nodes.evolve import evolve_node as evolve

    print_parts(texts_table(task.summary(), len(task.vocabulary)))
    with going_on_later(out), watch() as shown:
        result = evolve(
            task,
            search,
            run.budget or None,
            out=out,
            **models,
            rivals=run.rivals,
            tuned=run.tuned,
            n_seeds=run.n_seeds,
            seed=run.seed,
            workers=n_workers(run.workers),
            order=run.order,
            executor=run.executor,
            candidate_seconds=run.candidate_seconds,
            against="random" if run.random else None,
            on_event=shown.observe,
        )
    print_found(result)


def print_found(result: NodeResult) -> None:
    """Draw what a search for nodes found, and print the report."""
    from cellcolony.cli.printing import print_parts
    from cellcolony.report.nodes.files import write_node_drawings
    from cellcolony.report.nodes.final import node_report
    from cellcolony.report.nodes.node import equations_of_node

    write_node_drawings(result)
    print_parts(equations_of_node(result), node_report(result))
