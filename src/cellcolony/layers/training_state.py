"""Write down a language model's training after each epoch, and read it again to go on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.errors import RunError, brief
from cellcolony.layers.architecture import Architecture
from cellcolony.layers.curve import curve_csv, epochs_in
from cellcolony.layers.epoch import Epoch
from cellcolony.layers.trained import (
    CURVE,
    LARGEST_ARRAYS,
    MODEL,
    WEIGHTS,
    Arrays,
    LongTraining,
    best_of,
)
from cellcolony.store import foreign
from cellcolony.store.files import write_file
from cellcolony.store.snapshot import CHECKPOINT, keep, kept
from cellcolony.store.writing import recording

FORMAT = 1
"""Counts the changes of checkpoints that older programs cannot read."""
OF_WEIGHTS = "weights."
"""How the names of weights begin in a training's memory."""
OF_AVERAGE, UPDATES = "average.", "average_updates"
"""How the names of averaged weights begin there, and how the number of updates is called."""
DAMAGE = (
    KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, RecursionError,
    OSError, RunError,
)  # fmt: skip
"""What reading a damaged checkpoint may raise."""


class OtherTrainingError(RunError):
    """A folder holds another training than the wanted one; the text says how it differs."""


@dataclass(frozen=True, eq=False)
class State:
    """A training between two epochs.

    Attributes:
        epochs: The finished epochs, at least one.
        memory: What the training needs to go on: see `training_memory`.
        best: The weights after the epoch with the lowest validation loss; None where that is the
            last one, or where there is none.
    """

    epochs: tuple[Epoch, ...]
    memory: Arrays
    best: Arrays | None

    @property
    def chosen(self) -> Arrays | None:
        """The weights after the epoch with the lowest validation loss; None without such one."""
        if self.best is not None or best_of(self.epochs) is None:
            return self.best
        return scored_in(self.memory)


def weights_in(memory: Arrays, of: str = OF_WEIGHTS) -> Arrays:
    """Return the weights in a training's memory by the names of the model's parameters."""
    return {name.removeprefix(of): one for name, one in memory.items() if name.startswith(of)}


def scored_in(memory: Arrays) -> Arrays:
    """Return the weights that the last epoch was scored with: averaged ones, where there are."""
    n_updates = memory.get(UPDATES)
    return weights_in(memory, OF_WEIGHTS if n_updates is None or not n_updates else OF_AVERAGE)


def settings_of(
    what: LongTraining, train: NDArray[np.int32], valid: NDArray[np.int32]
) -> dict[str, Any]:
    """Return what a training has in common with one that goes on with it: all but the epochs."""
    digest = hashlib.sha256(repr((len(train), len(valid))).encode())
    for tokens in (train, valid):
        digest.update(tokens.astype("<i4").tobytes())
    schedule = {name: one for name, one in what.schedule.to_dict().items() if name != "epochs"}
    model = _digest_of(what.architecture)
    return {"model": model, "text": digest.hexdigest(), "seed": what.seed, **schedule}


def open_folder(folder: Path, settings: dict[str, Any]) -> State | None:
    """Make a training's folder, or read it again.

    Args:
        folder: The folder; not a link.
        settings: From `settings_of`.

    Returns:
        The state after the last finished epoch; None where there is none.

    Raises:
        OtherTrainingError: It holds a training of another model, text, seed or schedule.
        RunError: It is damaged, is a link, or cannot be made.
    """
    if folder.is_symlink():
        raise RunError(f"{folder} is a link. Put a folder there instead.")
    with recording(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return _read_state(folder, settings)


def write_start(folder: Path, architecture: Architecture, state: State | None) -> None:
    """Write what people and reports read, as a training starts or goes on.

    Raises:
        RunError: It cannot be written.
    """
    with recording(folder):
        write_file(folder / MODEL, json.dumps(architecture.to_dict(), indent=1) + "\n")
        if state is not None:  # a kill may have come between a checkpoint and these
            _write_readable(folder, state, state.chosen)


def write_state(folder: Path, settings: dict[str, Any], state: State) -> None:
    """Write a state over the last one, so that a kill leaves one of both whole.

    Raises:
        RunError: It cannot be written.
    """
    body = {"format": FORMAT, "curve": curve_csv(state.epochs)}
    tree = {
        "settings": settings,
        "memory": dict(state.memory),
        "best": None if state.best is None else dict(state.best),
    }
    with recording(folder):
        keep(folder, body, tree, serial=len(state.epochs))
        _write_readable(folder, state, state.chosen if state.best is None else None)


def _write_readable(folder: Path, state: State, weights: Arrays | None) -> None:
    """Write the curve, and weights if they are given."""
    if weights is not None:
        write_file(folder / WEIGHTS, save(dict(weights)))
    write_file(folder / CURVE, curve_csv(state.epochs))


def _read_state(folder: Path, settings: dict[str, Any]) -> State | None:
    path = folder / CHECKPOINT
    try:
        foreign.refuse_leading_out(path, folder)
        if not path.exists():
            return None
        body = kept(folder, LARGEST_ARRAYS)
        if body["format"] != FORMAT:
            raise ValueError(f"its format is {brief(body['format'])}, not {FORMAT}")
        tree = body["state"]
        changes, best = _changes(dict(tree["settings"]), settings), tree["best"]
        state = State(
            epochs_in(body["curve"]), dict(tree["memory"]), None if best is None else dict(best)
        )
        if not state.epochs:
            raise ValueError("it has no epoch")
        for arrays in (state.memory, state.best or {}):
            if not all(isinstance(one, np.ndarray) for one in arrays.values()):
                raise ValueError("it holds something else than arrays")
    except DAMAGE as error:
        raise RunError(f"{path}: the checkpoint cannot be read: {error}.") from error
    if changes:
        raise OtherTrainingError(
            f"{folder} holds another training: {'; '.join(changes)}. Undo the change, or train in "
            "another folder."
        )
    return state


def _changes(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return a phrase for each setting that differs."""
    phrases = []
    for name in sorted(before.keys() | now.keys()):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        if name == "model":
            phrases.append("the cell or a setting of the model is another")
        elif name == "text":
            phrases.append("the text is another")
        else:
            phrases.append(f"`{name}` (there {brief(old)}, now {brief(new)})")
    return phrases


def _digest_of(architecture: Architecture) -> str:
    """Return the same text for models that are made of the same."""
    program = json.dumps(architecture.to_dict(), sort_keys=True)
    return hashlib.sha256(program.encode()).hexdigest()
