"""`cellcolony train-lm`: train a language model of any cell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter

from cellcolony.cli.running import going_on_later
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule

if TYPE_CHECKING:
    from cellcolony.tasks.language import Language


@Parameter(name="*", group="Text")
@dataclass(frozen=True)
class TextOptions:
    """How the text is read.

    Attributes:
        tokens: How a text is cut: lines is one sentence a line with blanks between words, words is
            prose as it is written, characters is every character.
        vocabulary: How many tokens the model knows, the most frequent of the training text.
        encoding: How the files are written.
    """

    tokens: Literal["lines", "words", "characters"] = "lines"
    vocabulary: int = 10_000
    encoding: str = "utf-8"

    def read(self, train: list[str], valid: list[str] | None, test: list[str] | None) -> Language:
        """Return the task of these files.

        Raises:
            ConfigError: An option has a value that it cannot have.
            DataError: A file cannot be used.
        """
        from cellcolony.tasks.language import Language

        splits = train, valid or (), test or ()
        return Language.from_files(*splits, **asdict(self))


@Parameter(name="*", group="Run")
@dataclass(frozen=True)
class TrainOptions:
    """How to run.

    Attributes:
        seed: The same seed is the same training, to the bit on the same kind of machine.
        threads: How many threads compute.
        device: Where: cpu, cuda, or auto for a GPU where there is one.
        out: The run directory to write; it must not exist. Without, `train-lm` writes to runs/ with
            date and time, and the demonstration writes nothing.
    """

    seed: int = 0
    threads: int = 1
    device: Literal["auto", "cpu", "cuda"] = "auto"
    out: Path | None = None


train_lm = App(
    name="train-lm",
    help="Train a language model whose recurrent layers are made of any cell.",
)


@train_lm.default
def train(
    *,
    train: list[str],
    valid: list[str] | None = None,
    test: list[str] | None = None,
    cell: str = "lstm",
    text: TextOptions = TextOptions(),
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
            nodes, or groups of them with their units: lstm:100,nascell:100.
        text: How the text is read.
        model: What the model is made of.
        schedule: How it is trained.
        run: How to run.
    """
    from cellcolony.cli.running import new_run_path
    from cellcolony.runs.directory import refuse_existing
    from cellcolony.runs.language.needs import check_extra

    check_extra()
    out = new_run_path() if run.out is None else run.out
    refuse_existing(out)
    task = text.read(train, valid, test)
    _train(task, cell, model, schedule, run, out)


@train_lm.command
def demo(*, cell: str = "lstm", epochs: int = 10, run: TrainOptions = TrainOptions()) -> None:
    """Train on the manual that Python brings along, in some two minutes; needs no file.

    Args:
        cell: A cell, as for train-lm.
        epochs: Passes over the text.
        run: How to run.
    """
    from cellcolony.runs.directory import refuse_existing
    from cellcolony.runs.language.needs import check_extra
    from cellcolony.tasks.language import Language

    check_extra()
    if run.out is not None:
        refuse_existing(run.out)
    model = ModelSettings(hidden=128, layers=1, dropout=0.2, bound=0.1)
    schedule = Schedule(epochs=epochs, full_epochs=5, decay=0.7, clip=5.0, l2=0.0)
    _train(Language.demo(), cell, model, schedule, run, run.out)


def _train(task, cell, model, schedule, run: TrainOptions, out: Path | None) -> None:
    from cellcolony.cli.printing import print_parts
    from cellcolony.report.language.final import language_report, text_table
    from cellcolony.report.language.progress import EpochLines
    from cellcolony.runs.language.session import train_language_model
    from cellcolony.runs.layer_named import layer_named

    layer = layer_named(cell, model.hidden)
    with going_on_later(out), EpochLines() as shown:
        result = train_language_model(
            task,
            layer,
            cell,
            model,
            schedule,
            seed=run.seed,
            out=out,
            threads=run.threads,
            device=run.device,
            watcher=shown,
        )
    print_parts(text_table(result), language_report(result))
