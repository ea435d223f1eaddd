"""Compare the items of stages, and the files of final trainings, with what the stages ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cellcolony.layers.trained import Trained, read_trained
from cellcolony.runs import directory
from cellcolony.runs.items import Item
from cellcolony.runs.readings import READINGS
from cellcolony.runs.sameness import ABSENT, Difference, first_difference
from cellcolony.runs.session import Session

SEARCH, CONTROL, FINALS = "search", "control", "finals"


@dataclass(frozen=True)
class ReplayedItems:
    """What a replay has compared of a stage.

    Attributes:
        stage: Its name.
        n_same: How many of the items that are done are asked for now.
        n_former: How many were asked for by an earlier session, with other settings or another best
            candidate, or cannot be known yet.
    """

    stage: str
    n_same: int
    n_former: int


@dataclass
class StageItems:
    """The items of the stages of a study whose journal was played.

    Attributes:
        session: The study as it was at the last line, with its control.
        newest: By stage, the keys that were done since the stage was begun last.
        is_over: Whether the search is over.
        has_ended: Whether the study has.
        control_is_over: Whether the search of the control is.
    """

    session: Session
    newest: Mapping[str, set[str]]
    is_over: bool
    has_ended: bool
    control_is_over: bool

    def known(self) -> Iterator[tuple[str, Sequence[Item] | None]]:
        """Yield each stage that has items, and all that it asks for now; None if not known yet.

        A stage's items depend on what the stages before it have found.
        """
        config, is_complete = self.session.config, self.is_over
        if config.stage(SEARCH) is not None and not self.session.front:
            is_complete = False
        for stage in config.stages:
            items = _items_of(stage, self.session) if is_complete else None
            if stage.name == CONTROL:
                is_complete = is_complete and self.control_is_over
            elif hasattr(stage, "items"):
                yield stage.name, items
                done = self.session.items(stage.name)
                is_complete = items is not None and all(item.key in done for item in items)

    def compare(self) -> tuple[Difference | None, tuple[ReplayedItems, ...]]:
        """Compare the keys that are done with those that are asked for.

        Returns:
            Where they first differ, if they do, and what was compared.
        """
        compared, all_known = [], {READINGS}
        for name, items in self.known():
            done = self.session.items(name)
            all_known.add(name)
            asked = {} if items is None else {item.key: None for item in items}
            if items is not None:
                place = f"{directory.JOURNAL}.{name}"
                for key in self.newest.get(name, ()):
                    if key not in asked:
                        return Difference(place, repr(key), ABSENT), ()
                for key in asked:
                    if self.has_ended and key not in done:
                        return Difference(place, ABSENT, repr(key)), ()
            n_same = sum(key in asked for key in done)
            if done:
                compared.append(ReplayedItems(name, n_same, len(done) - n_same))
        for name, done in self.session.restored.items.items():
            if done and name not in all_known and self.session.config.stage(name) is None:
                return Difference(f"{directory.JOURNAL}.{name}", f"{len(done)} items", ABSENT), ()
        return None, tuple(compared)

    def done(self, name: str) -> list[Item]:
        """Return the items of a stage that it asks for now, and that are done."""
        for stage, items in self.known():
            if stage == name and items is not None:
                done = self.session.items(name)
                return [item for item in items if item.key in done]
        return []

    def difference_in_finals(self, finals: Sequence[Item]) -> Difference | None:
        """Return where the files of final trainings first differ from what the journal says.

        Raises:
            RunError: A file is damaged.
        """
        done = self.session.items(FINALS)
        found = (_difference_in_final(item, done[item.key]) for item in finals)
        return next(filter(None, found), None)


def _items_of(stage: Any, session: Session) -> Sequence[Item] | None:
    if stage.name == FINALS:
        return stage.items(session, stage.models(session))
    return stage.items(session) if hasattr(stage, "items") else None


def _difference_in_final(item: Item, result: Mapping[str, Any]) -> Difference | None:
    folder, architecture = item.payload.folder, item.payload.what.architecture
    place = f"{directory.FINALS}.{folder.name}"
    if not folder.is_dir():
        return Difference(place, ABSENT, "a training")
    trained = read_trained(folder)
    there = _told(trained)
    now = {key: result[key] for key in there if key in result}
    return first_difference(
        {"model": trained.architecture.to_dict(), **there},
        {"model": architecture.to_dict(), **now}, place,
    )  # fmt: skip


def _told(trained: Trained) -> dict[str, Any]:
    """Return what the journal tells of a final training, by the files of its folder."""
    best = trained.best
    if best is None or trained.weights is None:
        return {"failure": trained.failure or "no epoch was finished"}
    return {
        "n_weights": sum(one.size for one in trained.weights.values()),
        "epoch": best.number + 1,
        "n_epochs": len(trained.epochs),
        "valid_loss": best.valid_loss,
    }
