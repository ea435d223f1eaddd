"""The rivals of a forecast: plain models, and fixed networks trained by the same protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import StopFlag
from cellcolony.networks.train import Trainer
from cellcolony.networks.warm_up import warm_up
from cellcolony.runs.items import Item, carry_out, kept_of, left_of
from cellcolony.runs.journal import decode_weights, encode_weights
from cellcolony.runs.scores import RIVAL, SEARCH, SPLITS, Score
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.settings import Known, settings
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.trained import Entrant, cell_names, entrants, train_and_score

PLAIN, NETWORK = "plain", "network"


def _look_up(name: str) -> object:
    return rivals.NETWORKS[name] if name in rivals.NETWORKS.names() else rivals.RIVALS[name]


@STAGES.register("rivals")
@settings
class RivalsStage:
    """Fit and train what a user would have used otherwise, and score it on the same rows.

    Attributes:
        names: The rivals, by name; none for all.
    """

    name: ClassVar[str] = "rivals"
    task: ClassVar[str | None] = "forecast"

    names: tuple[Annotated[str, Known(_look_up)], ...] = ()

    def run(self, session: Session) -> None:
        """Do the rivals that are left.

        Raises:
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        items = self.items(session)
        epochs = _epochs(session)
        session.notes["rival_epochs"] = epochs
        assert isinstance(session.task, Forecast)
        plain = self._plain(session)
        title = f"Rivals: {', '.join(plain)}; fixed networks, {epochs:,} epochs each"
        begin = partial(begin_rivals, session.task, session.config.training)
        carry_out(
            session, self.name, title, items, begin, _kept, executor="threads",
            prepare=lambda: warm_up(cell_names()),
        )  # fmt: skip
        session.notes["menus"] = {}
        for item in items:
            kept = kept_of(session, self.name, item.key, partial(kept_rival, item.title))
            session.scores += kept.scores
            if kept.errors is not None:
                session.errors[kept.scores[0].model] = kept.errors
            session.rivals.append(kept)
            if kept.tried:
                session.notes["menus"][item.title] = kept.tried

    def left(self, session: Session) -> int:
        """Return how many rivals are not done yet."""
        return len(left_of(session, self.name, self.items(session))) if session.front else 1

    def _plain(self, session: Session) -> tuple[str, ...]:
        """Return the plain rivals; without the data, those alone that fit all data or are done."""
        if isinstance(session.data, Forecast):
            known = rivals.names(session.data)
        else:
            done = session.items(self.name)
            known = [one for one in rivals.names() if one not in rivals.CONDITIONS or one in done]
        return tuple(one for one in known if not self.names or one in self.names)

    def items(self, session: Session) -> Sequence[Item]:
        """Return all rivals; those that are networks depend on the best network."""
        plain = [Item(one, one, (PLAIN, one)) for one in self._plain(session)]
        return [*plain, *self._networks(session)]

    def _networks(self, session: Session) -> Iterator[Item]:
        best, config = session.best, session.config
        names = [one for one in rivals.NETWORKS.names() if not self.names or one in self.names]
        for one in entrants(names, config.problem, best.size, config.seed):
            key = f"{one.name}, {_epochs(session)} epochs"
            yield Item(key, one.name, (NETWORK, one, _epochs(session)))


def _epochs(session: Session) -> int:
    """Return how long fixed networks are trained: as long as the best network was in all.

    Where evolution made its weights, as long as the protocol says.
    """
    return session.best.epochs or session.config.training.epochs


def begin_rivals(
    task: Forecast, protocol: Any, stop: StopFlag
) -> Callable[[tuple[Any, ...]], rivals.RivalScore | None]:
    """Return, on a worker, what fits or trains a rival, and scores it."""
    train, valid = (task.series(split, protocol.residual) for split in ("train", "valid"))
    trainer = Trainer(train, valid, protocol)

    def work(wanted: tuple[Any, ...]) -> rivals.RivalScore | None:
        if wanted[0] == PLAIN:
            return rivals.compare(task, [wanted[1]])[0]
        entrant: Entrant = wanted[1]
        return train_and_score(task, trainer, entrant, wanted[2], stop)

    return work


def _kept(item: Item, found: rivals.RivalScore | None) -> tuple[Mapping[str, Any], str]:
    if found is None:
        reason = "its training diverged"
        return {"failure": reason}, f"{item.title}: {reason}."
    kept: dict[str, Any] = {
        "name": found.name,
        "n_weights": found.n_weights,
        "seconds": round(found.seconds, 4),
        "epochs": found.epochs,
        "lines": [
            [split, target, measure, repr(value), n_rows]
            for split, score in (("valid", found.valid), ("test", found.tested))
            if score is not None
            for target, measure, value, n_rows in score.lines()
        ],
    }
    if found.tried:
        kept["tried"] = {entry: repr(error) for entry, error in found.tried.items()}
    if found.errors is not None and (found.errors < np.finfo(np.float32).max).all():
        kept["errors"] = _encoded(found.errors.astype(np.float32))
    if found.deviations:
        kept["deviations"] = {split: _encoded(one) for split, one in found.deviations.items()}
    return kept, f"{item.title} is done."


def _encoded(values: NDArray[np.float32]) -> list[str]:
    """Return `(rows, n_targets)` as a text for each target."""
    return [encode_weights(target) for target in values.T]


def _decoded(texts: Sequence[str]) -> NDArray[np.float32]:
    return np.stack([decode_weights(one) for one in texts], 1)


class KeptRival(NamedTuple):
    """What the journal keeps of a rival.

    Attributes:
        scores: Its scores.
        errors: Its errors on the test rows; None where it has none.
        tried: The errors on validation that it was chosen by.
        deviations: By how much its predictions miss the scored rows of each split, in scaled units;
            none of a split with too many of them: see `tasks/deviations.py`.
    """

    scores: tuple[Score, ...]
    errors: NDArray[np.float64] | None = None
    tried: Mapping[str, float] = {}
    deviations: Mapping[str, NDArray[np.float32]] = {}


def kept_rival(title: str, kept: Mapping[str, Any]) -> KeptRival:
    """Read what `_kept` made.

    Raises:
        ConfigError, KeyError, TypeError, ValueError: It cannot be.
    """
    if "failure" in kept:
        failure = str(kept["failure"])
        return KeptRival((Score(title, RIVAL, SEARCH, "valid", "mae", 0, 0, 0.0, failure=failure),))
    scores = tuple(
        Score(
            kept["name"], RIVAL, SEARCH, split, measure, kept["n_weights"], n_rows,
            kept["seconds"], float(value), target, epochs=kept["epochs"],
        )
        for split, target, measure, value, n_rows in kept["lines"]
    )  # fmt: skip
    errors = None
    if "errors" in kept:
        errors = _decoded(kept["errors"]).astype(np.float64)
    tried = {str(entry): float(error) for entry, error in kept.get("tried", {}).items()}
    deviations = {split: _decoded(kept["deviations"][split])
                  for split in SPLITS if split in kept.get("deviations", {})}  # fmt: skip
    return KeptRival(scores, errors, tried, deviations)
