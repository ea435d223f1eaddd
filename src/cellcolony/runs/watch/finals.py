"""Follow final trainings by their learning curves, of which each lies in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cellcolony.layers.trained import CURVE, best_of, read_curve
from cellcolony.runs import directory
from cellcolony.runs.events import Share
from cellcolony.runs.watch.searching import status_of
from cellcolony.store import foreign
from cellcolony.store.reading import readable


@dataclass
class _Seen:
    written: tuple[int, int] | None = None
    n_epochs: int = -1
    seconds: float = 0.0
    least: float | None = None


class FinalsFollowing:
    """Tells which epochs of final trainings have ended since the last look.

    Args:
        run: The run directory.

    Attributes:
        written: When a learning curve was last written; 0 before the first one.
    """

    def __init__(self, run: Path) -> None:
        self.run = run
        self.written = 0.0
        self._seen: dict[str, _Seen] = {}

    def look(self, n_epochs: int) -> Iterator[Share]:
        """Yield the epochs that are new; at first sight of a training, its best and its last one.

        Args:
            n_epochs: How many epochs each training has in all.

        Raises:
            RunError: A learning curve is damaged, or leads out of the run.
        """
        folder = self.run / directory.FINALS
        with readable(f"{folder}: the final trainings"):
            foreign.refuse_leading_out(folder, self.run)
            names = sorted(one.name for one in folder.glob("*") if one.is_dir())
            for name in names:
                foreign.refuse_leading_out(folder / name, self.run)
        for name in names:
            yield from self._training(folder / name, n_epochs)

    def seconds_of(self, n_epochs: int, n_at_once: int) -> float | None:
        """Return about how long what is left of all trainings takes; None before an epoch is done.

        Args:
            n_epochs: How many epochs all of them have, done or not.
            n_at_once: How many trainings are under way at once.
        """
        n_done = sum(max(one.n_epochs, 0) for one in self._seen.values())
        seconds = sum(one.seconds for one in self._seen.values())
        return seconds / n_done * max(n_epochs - n_done, 0) / n_at_once if n_done else None

    def _training(self, folder: Path, n_epochs: int) -> Iterator[Share]:
        seen = self._seen.setdefault(folder.name, _Seen())
        status, title = status_of(folder / CURVE), title_of(folder.name)
        written = None if status is None else (status.st_ino, status.st_mtime_ns)
        if written is not None and written == seen.written:
            return
        epochs = read_curve(folder)
        if status is not None:
            self.written = max(self.written, status.st_mtime)
        is_new = len(epochs) < seen.n_epochs or seen.n_epochs < 0
        if is_new:
            seen.least = None
        if not epochs:
            if is_new:
                yield Share(title, 0.0, n_epochs)
        elif is_new:
            best = best_of(epochs)
            if best is not None and best is not epochs[-1]:
                yield Share(title, 0.0, n_epochs, best, is_best=True)
            yield Share(title, 0.0, n_epochs, epochs[-1], is_best=best is epochs[-1])
        for epoch in () if is_new else epochs[seen.n_epochs :]:
            is_best = epoch.failure is None and (
                seen.least is None or epoch.valid_loss < seen.least
            )
            seen.least = epoch.valid_loss if is_best else seen.least
            yield Share(title, 0.0, n_epochs, epoch, is_best)
        best = best_of(epochs)
        seen.written, seen.n_epochs = written, len(epochs)
        seen.least = None if best is None else best.valid_loss
        seen.seconds = sum(epoch.seconds for epoch in epochs)


def title_of(folder: str) -> str:
    """Return what a final training is called: "lstm, seed 3" for the folder "lstm-seed-3"."""
    model, found, seed = folder.rpartition("-seed-")
    return f"{model}, seed {seed}" if found else folder
