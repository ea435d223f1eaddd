"""`cellcolony evolve-node`: search for a recurrent node for a text, and compare it with rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from cyclopts import App, Parameter

from cellcolony.cli.choosing import with_settings
from cellcolony.cli.options import GpuOptions, RunOptions, TextOptions
from cellcolony.cli.preset import fill_in_preset, filled_in
from cellcolony.cli.running import place_for, run_study
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.needs import check_extra
from cellcolony.layers.recipes import recipe_named
from cellcolony.layers.schedule import Schedule
from cellcolony.search.presets import DEFAULTS, RIVALS, Preset
from cellcolony.search.presets import preset as preset_named
from cellcolony.settings import read

METHOD, TASK = "raced-nodes", "language"
SMALL = preset_named(DEFAULTS[TASK], TASK)
TEXT = TextOptions(**asdict(SMALL.task_settings))


@Parameter(name="*", group="Comparison")
@dataclass(frozen=True)
class Comparison:
    """Who is compared with the evolved node.

    Attributes:
        control: random: random search over the same trees gets as much training afterwards; walk,
            of raced nodes: the same variation without selection; random,walk for both; --no-control
            for none.
        rivals: A cell to compare with. May be repeated; --no-rivals for none.
        tuned: A rival that gets as many trainings as the evolution: its learning rate, clip and
            first weights are searched. May be repeated; --no-tuned for none. Without, as the preset
            says.
        n_seeds: With how many seeds everybody is trained in the end.
        rates: Factors of the final learning rate: everybody is trained with each of them, and the
            best by validation counts. May be repeated.
        contenders: So many of the best nodes, and of each control's, are trained so; the best of
            them by validation goes on with the other seeds.
    """

    control: Annotated[str | None, Parameter(negative="--no-control")] = "random"
    rivals: Annotated[tuple[str, ...], Parameter(negative="--no-rivals")] = RIVALS
    tuned: Annotated[tuple[str, ...], Parameter(negative="--no-tuned", show_default=False)] = ()
    n_seeds: int = 3
    rates: tuple[float, ...] = (1.0,)
    contenders: int = 1


@Parameter(name="*", group="Final training, where it differs")
@dataclass(frozen=True)
class FinalOptions:
    """What is otherwise where the best node and its rivals are compared.

    Attributes:
        final_recipe: Settings of the literature under a name, before the others here: awd,
            variational or rhn, or a TOML file of your own.
        final_hidden: Units of each layer.
        final_layers: Recurrent layers.
        final_embedding: The numbers of a word's vector.
        final_dropout: The share that is dropped of what enters each layer, and the softmax.
        final_dropout_recurrent: The share that is dropped of what a layer sees of its own output.
        final_epochs: Passes over the training text.
        final_learning_rate: That of the first epoch.
    """

    final_recipe: str | None = None
    final_hidden: int | None = None
    final_layers: int | None = None
    final_embedding: int | None = None
    final_dropout: float | None = None
    final_dropout_recurrent: float | None = None
    final_epochs: int | None = None
    final_learning_rate: float | None = None

    def final(self, found: Preset, training: LanguageTraining) -> LanguageTraining:
        """Return the final training, where candidates are trained by this one."""
        given = {
            key.removeprefix("final_"): value
            for key, value in asdict(self).items()
            if value is not None
        }
        schedule = {key: given.pop(key) for key in ("epochs", "learning_rate") if key in given}
        changed = {"model": given, "schedule": schedule}
        base = found.final_training(training)
        if (recipe := given.pop("recipe", None)) is not None:
            base = recipe_named(recipe).over(base)
        return read(LanguageTraining, changed, "the final training", base)


def evolve(
    *,
    train: list[str],
    valid: list[str] | None = None,
    test: list[str] | None = None,
    preset: str = DEFAULTS[TASK],
    method: str = METHOD,
    judge: str | None = None,
    text: Annotated[TextOptions, filled_in("Text")] = TEXT,
    start_from: tuple[str, ...] = (),
    run: RunOptions = RunOptions(),
    comparison: Comparison = Comparison(),
    settings: Any = None,
    judge_settings: Any = None,
    model: Annotated[ModelSettings, filled_in("Model")] = SMALL.training.model,
    training: Annotated[Schedule, filled_in("Training")] = SMALL.training.schedule,
    final: FinalOptions = FinalOptions(),
    gpus: GpuOptions = GpuOptions(),
) -> None:
    """Evolve a recurrent node, judged by training small language models on a text.

    Args:
        train: A file or pattern to learn from. May be repeated.
        valid: To choose on. Without, the last 15 % of the training text. May be repeated.
        test: To touch once, at the end. Without, the last 15 % of the training text. May be
            repeated.
        preset: Settings under a name, such as small, lab, species or paper (`cellcolony list
            presets`), or a TOML file of your own. The command line's win.
        method: The method of search; its settings are options too: see `--method NAME --help`.
        judge: How much training a candidate gets: see `cellcolony list judges`. Without, as the
            preset says, or one whole training.
        text: How the text is read.
        start_from: Begin with the best node of another run, such as runs/a; with its 20 best as
            runs/a:20; or with a file such as runs/a/champions/12/genome.json. May be repeated.
        run: How to search, and where to.
        comparison: Who is compared.
        settings: The settings of the method.
        judge_settings: The settings of the judge.
        model: The language model that a candidate fills.
        training: How that is trained.
        final: What is otherwise in the end.
        gpus: Where candidates, rivals and final trainings compute.
    """
    from cellcolony.runs.studies import study_of

    check_extra()
    out = place_for(run.out, run.seeds)
    trained = LanguageTraining(model, training)
    found = preset_named(preset, TASK)  # the other arguments have its settings: see `cli/preset.py`
    study = study_of(
        text.read(train, valid, test), settings, training=trained, judge=judge_settings,
        final_training=final.final(found, trained), start_from=start_from, **asdict(comparison),
        **run.of_study,
    )  # fmt: skip
    run_study(study, out=out, **asdict(gpus), **run.of_run(()))


def demo(*, run: RunOptions = RunOptions()) -> None:
    """Evolve a node on the manual that Python brings along, in some four minutes; needs no file.

    Args:
        run: How to search, and where to. Without a budget, for 90 s at most.
    """
    from cellcolony.runs.studies import study_of
    from cellcolony.tasks.language import Language

    check_extra()
    out = place_for(run.out, run.seeds)
    found = preset_named("demo", TASK)
    study = study_of(
        Language.demo(found.task_settings.vocabulary), found.method, training=found.training,
        judge=found.judge,
        final_training=found.final_training(found.training), control=found.control,
        rivals=found.rivals or RIVALS, tuned=found.tuned, n_seeds=found.n_seeds,
        rates=found.rates, contenders=found.contenders, **run.of_study,
    )  # fmt: skip
    run_study(study, out=out, **run.of_run(found.budget))


def evolve_node(words: Sequence[str]) -> App:
    """Return the command, with the options of the method and the judge that the words name."""
    command = App(
        name="evolve-node", config=(fill_in_preset,),
        help="Evolve a recurrent node for a text, and compare it with rivals.",
    )  # fmt: skip
    command.default(with_settings(evolve, words, TASK))
    command.command(demo)
    return command
