"""`cellcolony train-lm`: train a language model of any cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from cellcolony.cli.options import Device, TextOptions
from cellcolony.cli.preset import fill_in_recipe
from cellcolony.cli.running import place_for, run_study
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.needs import check_extra
from cellcolony.layers.schedule import Schedule

if TYPE_CHECKING:
    from cellcolony.tasks.language import Language


@Parameter(name="*", group="Run")
@dataclass(frozen=True)
class TrainOptions:
    """How to run.

    Attributes:
        seed: The same seed is the same training, to the bit on the same kind of machine.
        seeds: How many trainings, with the seeds --seed, --seed + 1 and so on. Several are written
            to folders seed-0, seed-1 ... of --out.
        threads: How many threads compute.
        device: Where: cpu, cuda, or auto for a GPU where there is one.
        out: The run directory to write; it must not exist. Without, runs/ with date and time, and
            nothing for the demonstration.
        observe: Who observes as well: tensorboard, tensorboard=FOLDER, mlflow, mlflow=URI, or
            another one of `cellcolony list observers`. May be repeated.
    """

    seed: int = 0
    seeds: int = 1
    threads: int = 1
    device: Device = "auto"
    out: Path | None = None
    observe: tuple[str, ...] = ()


TEXT = TextOptions()

train_lm = App(
    name="train-lm",
    config=(fill_in_recipe,),
    help="Train a language model whose recurrent layers are made of any cell.",
)


@train_lm.default
def train(
    *,
    train: list[str],
    valid: list[str] | None = None,
    test: list[str] | None = None,
    cell: str = "lstm",
    recipe: str = "",
    text: Annotated[TextOptions, Parameter()] = TEXT,
    model: Annotated[ModelSettings, Parameter(name="*", group="Model")] = ModelSettings(),
    schedule: Annotated[Schedule, Parameter(name="*", group="Training")] = Schedule(),
    run: TrainOptions = TrainOptions(),
) -> None:
    """Train a language model on text files, and score it once on the test text.

    Args:
        train: A file or pattern to learn from. May be repeated.
        valid: To choose on. Without, the last 15 % of the training text. May be repeated.
        test: To touch once, at the end. Without, the last 15 % of the training text. May be
            repeated.
        cell: A cell (`cellcolony list cells`), a file cell.json, the run directory of a search for
            nodes, or groups of them with their units: lstm:100,nascell:100. rhn-1 to rhn-10 are
            recurrent highway networks of that depth.
        recipe: Settings of the literature under a name: awd, variational or rhn, or a TOML file of
            your own. The command line's win.
        text: How the text is read.
        model: What the model is made of.
        schedule: How it is trained.
        run: How to run.
    """
    check_extra()
    out = place_for(run.out, run.seeds)
    _train(text.read(train, valid, test), cell, model, schedule, run, out)


@train_lm.command
def demo(*, cell: str = "lstm", epochs: int = 10, run: TrainOptions = TrainOptions()) -> None:
    """Train on the manual that Python brings along, in some two minutes; needs no file.

    Args:
        cell: A cell, as for train-lm.
        epochs: Passes over the text.
        run: How to run.
    """
    from cellcolony.tasks.language import Language

    check_extra()
    out = None if run.out is None else place_for(run.out, run.seeds)
    model = ModelSettings(hidden=128, layers=1, dropout=0.2, bound=0.1)
    schedule = Schedule(epochs=epochs, full_epochs=5, decay=0.7, clip=5.0, l2=0.0)
    _train(Language.demo(), cell, model, schedule, run, out)


def _train(
    task: Language, cell: str, model: ModelSettings, schedule: Schedule, run: TrainOptions,
    out: Path | None,
) -> None:  # fmt: skip
    from cellcolony.layers.language_training import LanguageTraining
    from cellcolony.runs.studies import language_study

    study = language_study(task, cell, LanguageTraining(model, schedule), seed=run.seed)
    run_study(
        study, seeds=run.seeds, out=out, workers=1, threads=run.threads, device=run.device,
        observers=run.observe,
    )  # fmt: skip
