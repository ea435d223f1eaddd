"""Final trainings: whoever is compared is trained for long, with several seeds.

Each lies in a folder of its own, `finals/NAME-seed-N/`, with its weights, curve and checkpoint: a
kill costs the epoch under way, and a longer training goes on from where the last one ended, to the
bit. `finalists.py` says who takes part, `training.py` how a worker carries one out.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Le, MinLen

from cellcolony.contract import Begin
from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.architecture import filling_of
from cellcolony.layers.epoch import Epoch, perplexity
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.trained import LongTraining, Trained, read_curve
from cellcolony.runs import directory
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Share
from cellcolony.runs.executors import shares_memory
from cellcolony.runs.items import Item, carry_out, digest_of, kept_of, left_of
from cellcolony.runs.pool import MOST_POOLED
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES, Outlook
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.finals.finalists import (
    FinalModel,
    at_rate,
    contenders_of,
    folder_name,
)  # fmt: skip
from cellcolony.runs.stages.finals.training import (
    FinalKept,
    FinalTask,
    begin_finals,
    read_final_kept,
    told_of,
)  # fmt: skip
from cellcolony.settings import DISTINCT, Positive, plain, settings
from cellcolony.store import foreign
from cellcolony.store.files import remove
from cellcolony.store.writing import recording
from cellcolony.wording import count

__all__ = [
    "FinalKept", "FinalModel", "FinalTask", "FinalsStage", "begin_finals",
    "folder_name", "read_final_kept", "told_of",
]  # fmt: skip


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
        if session.path is not None:
            self._clear(session.path, {one.payload.folder.name for one in self.items(session)})
        entrants = self.entrants(session)
        n = f"{len(entrants)} models" if len(entrants) > 1 else entrants[0][0].title
        if self.has_menu:
            menu = self._menu(session, entrants)
            n_models, n_rates = len(menu) // len(self.rates), len(self.rates)
            rates = f"{n_rates} learning rates each" if n_rates > 1 else "1 seed"
            title = f"Final trainings to choose by: {n_models} models, {rates}"
            self._carry_out(session, title, menu)
        each = "1 seed" if self.n_seeds == 1 else f"{self.n_seeds} seeds each"
        items = self._of_chosen(session, entrants)
        self._carry_out(session, f"Final trainings: {n}, {each}", items)

    @property
    def has_menu(self) -> bool:
        """Whether trainings with the first seed choose who is trained with the others."""
        return self.contenders > 1 or len(self.rates) > 1

    def _carry_out(self, session: Session, title: str, items: list[Item]) -> None:
        carry_out(
            session, self.name, title, items, self._begin(session), partial(_kept, session),
            failed=str, look=_Follow(session, items).look, per_gpu=session.hands.per_gpu,
        )  # fmt: skip

    def outlook(self, session: Session, seconds: float) -> Outlook:
        """Return what is going to be done; a training's time goes by its epochs and weights."""
        config, rivals = session.config, session.config.stage("cells")
        n_searches = 1 + len(config.searches)
        n_rivals = 0
        if isinstance(rivals, CellsStage):
            n_rivals = len(rivals.cells) + len(rivals.tuned)
        n = (n_searches * self.contenders + n_rivals) * len(self.rates)
        n += (n_searches + n_rivals) * (self.n_seeds - 1)
        epochs = self.training.schedule.epochs
        text = f"{count(n, 'final training')} of {count(epochs, 'epoch')}"
        if not session.front:
            return Outlook(text, 0.0)
        filling = filling_of(session.front[-1].genome, "node")
        n_words = config.facts.n_vocabulary  # pyright: ignore
        own, candidate = (
            one.schedule.epochs / one.schedule.parts * one.model.of(filling, n_words).n_weights
            for one in (self.training, config.training)
        )
        return Outlook(text, n * seconds * own / candidate)

    def left(self, session: Session) -> int:
        """Return how many final trainings are not done yet."""
        if session.config.genome != "cell" and not session.front:
            return 1
        for name in ("cells", "grid"):
            before = session.config.stage(name)
            if before is not None and before.left(session):
                return 1
        return len(left_of(session, self.name, self.items(session)))

    def items(self, session: Session) -> list[Item]:
        """Return all final trainings: those to choose by, then those of the chosen.

        Before all of the former are done, the latter are those of who leads so far.
        """
        entrants = self.entrants(session)
        menu = self._menu(session, entrants) if self.has_menu else []
        known = {item.key for item in menu}
        chosen = self._of_chosen(session, entrants)
        return [*menu, *(item for item in chosen if item.key not in known)]

    def _menu(self, session: Session, entrants: Sequence[Sequence[FinalModel]]) -> list[Item]:
        """Return the trainings by which nodes and everybody's learning rate are chosen."""
        seed = self.seeds(session.config)[0]
        return [self.item(session, model, seed) for some in entrants for model in some]

    def _of_chosen(self, session: Session, entrants: Sequence[Sequence[FinalModel]]) -> list[Item]:
        """Return the trainings of whoever is chosen: all with one seed, then with the next."""
        models = [self._chosen(session, some) for some in entrants]
        return [
            self.item(session, model, seed)
            for seed in self.seeds(session.config)
            for model in models
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
            [at_rate(one, rate) for one in contenders for rate in self.rates]
            for contenders in contenders_of(session, self.contenders)
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
        told = schedule.to_dict().keys()
        known = {name: value for name, value in plain(schedule).items() if name in told}
        digest = digest_of(architecture.to_dict(), known)
        name = folder_name(model, seed)
        folder = None if session.path is None else session.path / directory.FINALS / name
        title = model.title
        if self.contenders > 1 and model.candidate is not None:
            title += f" {model.candidate}"
        if len(self.rates) > 1:
            title += f" at rate {schedule.first_rate:.4g}"
        if self.n_seeds > 1:
            title += f", seed {seed}"
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


class _Follow:
    """Tells, from the files of the trainings under way, what they have reached."""

    def __init__(self, session: Session, items: Sequence[Item]) -> None:
        self._session = session
        self._told = {item.key: len(_epochs(item)) for item in items}

    def look(self, items: Sequence[Item]) -> None:
        """Tell of epochs that have ended since the last look, and how far the next one is."""
        for item in items:
            task: FinalTask = item.payload
            n = task.what.schedule.epochs
            epochs = _epochs(item)
            for number in range(self._told[item.key], len(epochs)):
                epoch = epochs[number]
                is_best = all(one.valid_loss > epoch.valid_loss for one in epochs[:number])
                self._session.emit(Share(item.title, 0.0, n, epoch, is_best))
            self._told[item.key] = len(epochs)
            if task.share is not None:
                self._session.emit(Share(item.title, float(task.share[0]), n))


def _epochs(item: Item) -> Sequence[Epoch]:
    """Return the epochs of a final training that have ended, as far as its folder tells."""
    return () if item.payload.folder is None else read_curve(item.payload.folder)
