"""Small trainings of language models for tests."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.runs.layer_named import layer_named
from cellcolony.tasks.language import Language

TEXT = "the cat sat on the mat and the dog sat on the cat\n" * 20
MODEL = ModelSettings(hidden=6, layers=1, dropout=0.3, dropout_recurrent=0.2)
SCHEDULE = Schedule(epochs=3, batch=4, steps=10, full_epochs=1, decay=0.5)


def task_in(folder: Path) -> Language:
    """Return a task whose text lies in a folder."""
    path = folder / "text.txt"
    path.write_text(TEXT)
    return Language.from_files(path)


def trained(task: Language, out: Path | None, cells: str = "lstm", model: ModelSettings = MODEL,
            watcher: Any = None, **schedule: Any):  # fmt: skip
    """Train a small model."""
    from cellcolony.runs.language.session import train_language_model

    return train_language_model(
        task, layer_named(cells, model.hidden), cells, model, replace(SCHEDULE, **schedule),
        seed=3, out=out, device="cpu", watcher=watcher,
    )  # fmt: skip


def curve(result) -> list:
    """Return what became of the epochs, without their seconds."""
    return [replace(epoch, seconds=0.0) for epoch in result.epochs]


class Leaving:
    """Leaves a training as Ctrl-C does, once some epochs are done."""

    def __init__(self, after: int) -> None:
        self.after = after

    def began(self, config, architecture, n_done) -> None:
        self.n_done = n_done

    def share(self, done) -> None:
        if self.n_done == self.after:
            raise KeyboardInterrupt

    def epoch(self, epoch, is_best) -> None:
        self.n_done += 1

    def nothing_left(self, reason) -> None:
        raise AssertionError(reason)
