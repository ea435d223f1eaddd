"""All that a training of a language model needs to go on after an epoch."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cellcolony.errors import RunError, brief
from cellcolony.layers.architecture import Architecture
from cellcolony.layers.epoch import Epoch
from cellcolony.layers.model import LanguageModel
from cellcolony.runs.differences import differences
from cellcolony.runs.language.config import FORMAT, LanguageConfig
from cellcolony.runs.language.curve import epochs_from_list, epochs_to_list
from cellcolony.runs.language.directory import LARGEST_ARRAYS, MODEL
from cellcolony.store.snapshot import CHECKPOINT, keep, kept

Arrays = Mapping[str, NDArray[Any]]
DAMAGE = (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError, OSError)
"""What reading values that cannot be may raise."""


@dataclass(frozen=True)
class State:
    """A training between two epochs.

    Attributes:
        epochs: What became of those that are done.
        weights: The model's, by name.
        optimizer: What the optimizer remembers of each parameter, by its number.
        best: The weights after the epoch of the lowest validation loss; None where that is the
            last one.
        model: The digest of what the model is made of; empty in a checkpoint of old.
    """

    epochs: tuple[Epoch, ...]
    weights: Arrays
    optimizer: Mapping[str, Arrays]
    best: Arrays | None
    model: str

    @property
    def chosen(self) -> Arrays:
        """The weights that validation chose."""
        return self.weights if self.best is None else self.best


def digest_of(architecture: Architecture) -> str:
    """Return the same text for models that are made of the same."""
    program = json.dumps(architecture.to_dict(), sort_keys=True)
    return hashlib.sha256(program.encode()).hexdigest()


def check_fit(run: Path, state: State, architecture: Architecture) -> None:
    """Check that a state is one of this model, before a model is made.

    Raises:
        RunError: Its weights are more or fewer, or its cells are others.
    """
    for weights in (state.weights, state.chosen):
        n_given = sum(one.size for one in weights.values())
        if n_given != architecture.n_weights:
            raise RunError(
                f"{run / CHECKPOINT}: the model has {architecture.n_weights:,} weights, and there "
                f"are {n_given:,}."
            )
    if state.model and state.model != digest_of(architecture):
        raise RunError(
            f"{run / MODEL} is not as the run was begun: another cell, or a setting of the model. "
            "Take back the change, or begin another run."
        )


def weights_of(model: LanguageModel) -> dict[str, NDArray[np.float32]]:
    """Return a copy of a model's weights by name."""
    return {name: one.detach().cpu().numpy().copy() for name, one in model.named_parameters()}


def put_weights(model: LanguageModel, weights: Arrays) -> None:
    """Give a model other weights.

    Raises:
        RunError: A name, shape or type is another.
    """
    own = dict(model.named_parameters())
    if own.keys() != weights.keys():
        raise RunError(f"the weights have the names {brief(sorted(weights))}, not {sorted(own)}.")
    for name, parameter in own.items():
        given = weights[name]
        if given.shape != tuple(parameter.shape) or given.dtype != np.float32:
            raise RunError(
                f"the weights {name!r} must be float32 {tuple(parameter.shape)}. "
                f"Got {given.dtype} {given.shape}."
            )
        if not np.isfinite(given).all():
            raise RunError(f"the weights {name!r} hold a number that is not finite.")
        with torch.no_grad():
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(given)))


def memory_of(optimizer: torch.optim.Optimizer) -> dict[str, dict[str, NDArray[Any]]]:
    """Return what an optimizer remembers."""
    remembered = optimizer.state_dict()["state"]
    return {
        str(number): {
            key: one.detach().cpu().numpy().copy()
            for key, one in values.items()
            if isinstance(one, torch.Tensor)
        }
        for number, values in remembered.items()
    }


def put_memory(optimizer: torch.optim.Optimizer, memory: Mapping[str, Arrays]) -> None:
    """Let an optimizer remember again.

    Raises:
        RunError: It does not fit the parameters.
    """
    parameters = [one for group in optimizer.param_groups for one in group["params"]]
    if isinstance(optimizer, torch.optim.Adam):
        moments = {"step", "exp_avg", "exp_avg_sq"}
        if len(memory) != len(parameters) or any(one.keys() != moments for one in memory.values()):
            raise RunError("the optimizer does not remember every parameter.")
    for number, values in memory.items():
        if not (number.isdigit() and int(number) < len(parameters)):
            raise RunError(f"the optimizer has no parameter {brief(number)}.")
        for key, one in values.items():
            if one.ndim and one.shape != tuple(parameters[int(number)].shape):
                raise RunError(f"what the optimizer remembers as {key!r} has another shape.")
    given = optimizer.state_dict()
    given["state"] = {
        int(number): {key: torch.from_numpy(one.copy()) for key, one in values.items()}
        for number, values in memory.items()
    }
    optimizer.load_state_dict(given)


def write_state(run: Path, config: LanguageConfig, state: State) -> None:
    """Write a state over the last, so that a kill leaves one of both whole."""
    body = {"format": FORMAT, "settings": config.to_compare()}
    tree = {
        "epochs": epochs_to_list(state.epochs),
        "weights": dict(state.weights),
        "optimizer": {number: dict(values) for number, values in state.optimizer.items()},
        "best": None if state.best is None else dict(state.best),
        "model": state.model,
    }
    keep(run, body, tree, serial=len(state.epochs))


def read_state(run: Path, config: LanguageConfig) -> State | None:
    """Return the last state; None where the first epoch was not done.

    Raises:
        RunError: It is damaged, or the settings have changed since it was written.
    """
    path = run / CHECKPOINT
    if not path.exists():
        return None
    try:
        body = kept(run, LARGEST_ARRAYS)
        found = differences(body["settings"], config.to_compare())
        tree = body["state"]
        best = tree["best"]
        state = State(
            epochs_from_list(tree["epochs"]),
            dict(tree["weights"]),
            {str(number): dict(values) for number, values in tree["optimizer"].items()},
            None if best is None else dict(best),
            str(tree.get("model", "")),
        )
        if not state.epochs:
            raise ValueError("it has no epoch")
        for arrays in (state.weights, state.chosen, *state.optimizer.values()):
            if not all(isinstance(one, np.ndarray) for one in arrays.values()):
                raise ValueError("its weights are no arrays")
    except (*DAMAGE, RunError, RecursionError) as error:
        raise RunError(f"{path}: the checkpoint cannot be read: {error}.") from error
    if found:
        raise RunError(
            f"{run / 'config.toml'} is not as the run was begun: {'; '.join(found)}. Take back the "
            "change, or begin another run."
        )
    return state
