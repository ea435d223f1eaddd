"""Final trainings: whoever is compared is trained for long, with several seeds.

Each lies in a folder of its own, `finals/NAME-seed-N/`, with its weights, curve and checkpoint: a
kill costs the epoch under way, and a longer training goes on from where the last one ended, to the
bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Le, MinLen

from cellcolony import cells
from cellcolony.cells import Cell
from cellcolony.cells.tree import Tree
from cellcolony.contract import Begin, Genome, StopFlag
from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.epoch import perplexity
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.layer import Layer
from cellcolony.layers.recipe import AS_SET, Recipe
from cellcolony.layers.trained import LongTraining, Trained, read_curve
from cellcolony.runs import directory
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Share
from cellcolony.runs.executors import shares_memory
from cellcolony.runs.finals_found import plain_title
from cellcolony.runs.genomes import Champion
from cellcolony.runs.items import Item, carry_out, digest_of, kept_of, left_of
from cellcolony.runs.journal import LARGEST_LOSS
from cellcolony.runs.pool import MOST_POOLED, Pooled
from cellcolony.runs.scores import CONTROL, EVOLVED, MODEL, RIVAL
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES, Outlook
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.search.model import FixedModel
from cellcolony.settings import DISTINCT, Amount, Count, Positive, plain, record, settings
from cellcolony.store import foreign
from cellcolony.store.files import remove
from cellcolony.store.writing import recording
from cellcolony.wording import count

EVOLVED_NODE = "evolved node"


@dataclass(frozen=True)
class FinalModel:
    """A model of the final comparison.

    Attributes:
        title: What it is called.
        role: "evolved", "control", "rival" or "model".
        layer: What its layers are made of: a cell, or groups of cells.
        candidate: The number of the candidate whose node it is; None for others.
        search_loss: The validation loss of its training as a candidate; None where there is none.
        search_seconds: How long that took.
        recipe: How its trainings differ from the settings.
    """

    title: str
    role: str
    layer: Cell | Layer
    candidate: int | None = None
    search_loss: float | None = None
    search_seconds: float = 0.0
    recipe: Recipe = AS_SET


@settings
class FinalKept:
    """What the journal keeps of a final training.

    Attributes:
        n_weights: The model's trainable numbers.
        epoch: The epoch of the lowest validation loss; they count from 1.
        n_epochs: How many epochs were finished.
        valid_loss: The lowest validation loss, in nats a token; None for a failure.
        seconds: How long the training took, all sessions together.
        failure: Why it failed; empty where it did not.
    """

    n_weights: Count = 0
    epoch: Count | None = None
    n_epochs: Count = 0
    valid_loss: Annotated[float, Ge(0), Le(LARGEST_LOSS)] | None = None
    seconds: Amount = 0.0
    failure: str = ""

    def __post_init__(self) -> None:
        if self.valid_loss is None and not self.failure:
            raise ConfigError("`valid_loss` must be a number where there is no `failure`.")


read_final_kept = partial(record, FinalKept, where="its result")
"""Reads what the journal keeps of a final training."""


@dataclass(frozen=True)
class FinalTask:
    """A final training, as a worker is given it.

    Attributes:
        what: The model, its schedule and its seed.
        folder: Where it is written; None for nowhere.
        share: `(1,)`, written: how much of the epoch is done; None in another process.
    """

    what: LongTraining
    folder: Path | None
    share: Any = None


@STAGES.register("finals")
@settings
class FinalsStage:
    """Train whoever is compared for long, by the same training but for the recipe of a tuned rival.

    Attributes:
        training: The model and its schedule.
        n_seeds: With how many seeds each model is trained: the study's seed, and those after it.
        rates: A menu of learning rates, as factors: with the first seed each model is trained with
            all of them, and with the other seeds at the one of its lowest validation loss.
        contenders: So many of the best nodes of the search, and of each control, take part in the
            menu; the one of the lowest validation loss is trained with the other seeds.
    """

    name: ClassVar[str] = "finals"
    task: ClassVar[str | None] = "language"

    training: LanguageTraining = LanguageTraining()
    n_seeds: Annotated[int, Ge(1), Le(1_000)] = 1
    rates: Annotated[tuple[Positive, ...], MinLen(1), DISTINCT] = (1.0,)
    contenders: Annotated[int, Ge(1), Le(MOST_POOLED)] = 1

    def __post_init__(self) -> None:
        if self.training.schedule.scored < 1:
            raise ConfigError(
                "`scored` must be 1 in final trainings: their best epoch is chosen by the whole "
                f"validation text. Got {self.training.schedule.scored:g}."
            )

    def run(self, session: Session) -> None:
        """Do the final trainings that are left.

        Raises:
            RunError: A folder cannot be written, or leads elsewhere.
            KeyboardInterrupt: The user wants to leave; all finished epochs are kept.
        """
        menu = self.menu(session)
        if session.path is not None:
            wanted = [*menu, *self.items(session, self.models(session))]
            self._clear(session.path, {item.payload.folder.name for item in wanted})
        models = self.models(session)
        n = f"{len(models)} models" if len(models) > 1 else models[0].title
        if len(menu) > len(models):
            n_rates = f"{len(self.rates)} learning rates each" if len(self.rates) > 1 else "1 seed"
            title = f"Final trainings, to choose from: {len(menu) // len(self.rates)}, {n_rates}"
            self._carry_out(session, title, menu)
        each = "1 seed" if self.n_seeds == 1 else f"{self.n_seeds} seeds each"
        items = self.items(session, self.models(session))
        self._carry_out(session, f"Final trainings: {n}, {each}", items)

    def _carry_out(self, session: Session, title: str, items: list[Item]) -> None:
        carry_out(
            session, self.name, title, items, self._begin(session), partial(_kept, session),
            failed=str, look=_Follow(session).look,
        )  # fmt: skip

    def outlook(self, session: Session, seconds: float) -> Outlook:
        """Return what is going to be done; a training's time goes by its epochs and weights."""
        config, rivals = session.config, session.config.stage("cells")
        n_models = 1 + len(config.searches)
        if isinstance(rivals, CellsStage):
            n_models += len(rivals.cells) + len(rivals.tuned)
        n, epochs = n_models * self.n_seeds, self.training.schedule.epochs
        text = f"{count(n, 'final training')} of {count(epochs, 'epoch')}"
        if not session.front:
            return Outlook(text, 0.0)
        cell, n_words = session.front[-1].genome.to_cell(), config.facts.n_vocabulary  # pyright: ignore
        own, candidate = (
            one.schedule.epochs * one.model.of(cell, n_words).n_weights
            for one in (self.training, config.training)
        )
        return Outlook(text, n * seconds * own / candidate)

    def left(self, session: Session) -> int:
        """Return how many final trainings are not done yet."""
        if session.config.genome != "cell" and not session.front:
            return 1
        rivals = session.config.stage("cells")
        if rivals is not None and rivals.left(session):
            return 1
        menu = left_of(session, self.name, self.menu(session))
        rest = left_of(session, self.name, self.items(session, self.models(session)))
        return len({item.key for item in (*menu, *rest)})

    def menu(self, session: Session) -> list[Item]:
        """Return the trainings by which nodes and everybody's learning rate are chosen."""
        seed = self.seeds(session.config)[0]
        return [
            self.item(session, model, seed)
            for entrants in self.entrants(session)
            for model in entrants
        ]

    def models(self, session: Session) -> list[FinalModel]:
        """Return who is compared, each as the menu has chosen so far."""
        return [self._chosen(session, entrants) for entrants in self.entrants(session)]

    def _chosen(self, session: Session, entrants: Sequence[FinalModel]) -> FinalModel:
        """Return the best of some; of equals, and before one is trained, the first."""
        if len(entrants) == 1:
            return entrants[0]
        done, seed = session.items(self.name), self.seeds(session.config)[0]
        losses: list[float] = []
        for one in entrants:
            key, loss = self.item(session, one, seed).key, None
            if key in done:
                loss = kept_of(session, self.name, key, read_final_kept).valid_loss
            losses.append(math.inf if loss is None else loss)
        return entrants[losses.index(min(losses))]

    def entrants(self, session: Session) -> list[list[FinalModel]]:
        """Return who is compared: the best nodes, the controls', the rivals; or the one model.

        Of each all that the menu chooses from stand together: contenders, at every rate.
        """
        return [
            [_at(one, rate) for one in contenders for rate in self.rates]
            for contenders in self._contenders(session)
        ]

    def _contenders(self, session: Session) -> list[list[FinalModel]]:
        config = session.config
        if isinstance(config.method, FixedModel):
            return [[FinalModel(config.method.title, MODEL, config.method.layer)]]
        found = [self._best(session, EVOLVED_NODE, EVOLVED, "node")]
        for search in config.searches:
            own = session.within.get(search.folder)
            if own is not None and own.front:
                found.append(self._best(own, search.title, CONTROL, "random node"))
        rivals = config.stage("cells")
        if isinstance(rivals, CellsStage):
            found += [
                [
                    FinalModel(
                        one.title, RIVAL, cells.get(one.cell), None, one.loss, one.seconds,
                        one.recipe,
                    )
                ]
                for one in rivals.rivals(session)
            ]  # fmt: skip
        return found

    def _best(self, session: Session, title: str, role: str, noun: str) -> list[FinalModel]:
        """Return the contenders of a search, the best first."""
        found: Sequence[Champion | Pooled] = [session.best]
        if self.contenders > 1:
            found = session.pooled(self.contenders)
        return [
            FinalModel(
                title, role, _cell_of(one.genome, f"{noun} {one.number}"), one.number, one.loss,
                one.seconds, Recipe(learning_rate=one.rate),
            )
            for one in found
        ]  # fmt: skip

    def items(self, session: Session, models: Sequence[FinalModel]) -> list[Item]:
        """Return all final trainings: all models with one seed, then with the next."""
        return [
            self.item(session, model, seed)
            for seed in self.seeds(session.config)
            for model in models
        ]

    def seeds(self, config: StudyConfig) -> range:
        """Return the seeds of each model's trainings."""
        return range(config.seed, config.seed + self.n_seeds)

    def item(self, session: Session, model: FinalModel, seed: int) -> Item:
        """Return the final training of a model with a seed."""
        settings, n_words = self.training, session.config.facts.n_vocabulary  # pyright: ignore
        architecture = model.recipe.model(settings.model).of(model.layer, n_words)
        schedule = model.recipe.schedule(settings.schedule)
        what = LongTraining(architecture, schedule, seed)
        digest = digest_of(architecture.to_dict(), plain(schedule))
        name = folder_name(model, seed)
        folder = None if session.path is None else session.path / directory.FINALS / name
        title = model.title if self.n_seeds == 1 else f"{model.title}, seed {seed}"
        share = np.zeros(1) if shares_memory(session.hands.executor) else None
        return Item(f"{name} {digest}", title, FinalTask(what, folder, share))

    def _begin(self, session: Session) -> Begin:
        task: Any = session.task
        hands = session.hands
        return partial(begin_finals, task.train, task.valid, hands.device, hands.threads)

    def _clear(self, run: Path, wanted: Collection[str]) -> None:
        """Make the folder of final trainings; what does not belong there is removed."""
        folder = run / directory.FINALS
        with recording(run):
            foreign.refuse_leading_out(folder, run)
            folder.mkdir(exist_ok=True)
            for found in folder.iterdir():
                if found.name not in wanted or found.is_symlink():
                    remove(found)


def _cell_of(genome: Genome, name: str) -> Cell:
    assert isinstance(genome, Tree)
    return genome.to_cell(name)


def _at(model: FinalModel, rate: float) -> FinalModel:
    """Return a model whose learning rate is so many times as high."""
    recipe = replace(model.recipe, learning_rate=model.recipe.learning_rate * rate)
    return replace(model, recipe=recipe)


def folder_name(model: FinalModel, seed: int) -> str:
    """Return the name of a final training's folder: "evolved-node-12-seed-0"."""
    number = "" if model.candidate is None else f"-{model.candidate}"
    recipe = "" if model.recipe == AS_SET else f"-{digest_of(plain(model.recipe))[:8]}"
    return f"{plain_title(model.title)}{number}{recipe}-seed-{seed}"


def begin_finals(
    train: Any, valid: Any, device: str, threads: int, stop: StopFlag
) -> Callable[[FinalTask], Trained | RunError | ConfigError]:
    """Return, on a worker, what carries out final trainings.

    Args:
        train: `(tokens,)`, to learn from.
        valid: `(tokens,)`, to choose on.
        device: "cpu", "cuda" or "auto".
        threads: How many threads compute.
        stop: `(1,)`; while it is not 0, trainings end after what they have written.
    """
    # Torch is an extra, and takes seconds to import.
    from cellcolony.layers.long_training import train_long

    def work(task: FinalTask) -> Trained | RunError | ConfigError:
        def share(done: float) -> None:
            if task.share is not None:
                task.share[0] = done

        try:
            trained = train_long(
                task.what, train, valid, task.folder, stop,
                on_share=share, device=device, threads=threads,
            )  # fmt: skip
        except (RunError, ConfigError) as error:  # which keep their words between processes
            return error
        return trained if task.folder is None else replace(trained, weights=None)

    return work


def _kept(
    session: Session, item: Item, found: Trained | RunError | ConfigError | str
) -> tuple[Mapping[str, Any], str]:
    if isinstance(found, RunError | ConfigError):
        raise found
    if isinstance(found, str):
        return {"failure": found}, f"{item.title} failed: {found}."
    if found.stopped:
        raise KeyboardInterrupt
    best, told = found.best, told_of(found, found.n_weights)
    if best is None:
        return told, f"{item.title} failed: {told['failure']}."
    if found.weights is not None:
        session.trained[item.key] = found
    text = f"{item.title}: final perplexity {perplexity(best.valid_loss):.2f} on validation."
    return {**told, "seconds": round(found.seconds, 3)}, text


def told_of(trained: Trained, n_weights: int) -> dict[str, Any]:
    """Return what the journal tells of a final training, but for its seconds."""
    best = trained.best
    if best is None:
        return {"failure": trained.failure or "no epoch was finished"}
    return {
        "n_weights": n_weights,
        "epoch": best.number + 1,
        "n_epochs": len(trained.epochs),
        "valid_loss": best.valid_loss,
    }


class _Follow:
    """Tells, from the files of the trainings under way, what they have reached."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._told: dict[str, int] = {}

    def look(self, items: Sequence[Item]) -> None:
        """Tell of epochs that have ended since the last look, and how far the next one is."""
        for item in items:
            task: FinalTask = item.payload
            n = task.what.schedule.epochs
            epochs = () if task.folder is None else read_curve(task.folder)
            for number in range(self._told.get(item.key, len(epochs)), len(epochs)):
                epoch = epochs[number]
                is_best = all(one.valid_loss > epoch.valid_loss for one in epochs[:number])
                self._session.emit(Share(item.title, 0.0, n, epoch, is_best))
            self._told[item.key] = len(epochs)
            if task.share is not None:
                self._session.emit(Share(item.title, float(task.share[0]), n))
