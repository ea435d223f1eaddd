"""What the training of a language model needs to go on, as arrays by name.

weights.NAME            a parameter of the model, after the last update
average.NAME            its mean over updates, where weights are averaged and the mean has begun
average_updates         over how many updates, float64
average_losses          the validation losses that decide when the mean begins, float64; where
                        weights are averaged
optimizer.NUMBER.NAME   what Adam remembers of the parameter of that number: `step`, `exp_avg` and
                        `exp_avg_sq`; SGD remembers nothing
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cellcolony.errors import RunError, brief
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.train import ModelTraining
from cellcolony.layers.trained import Arrays
from cellcolony.layers.training_state import OF_AVERAGE, OF_WEIGHTS, UPDATES, weights_in

LOSSES = "average_losses"
MOST_UPDATES = 10**15
_OF_OPTIMIZER = "optimizer."


def memory_of(training: ModelTraining) -> dict[str, NDArray[Any]]:
    """Return a copy of what a training needs to go on after an epoch."""
    memory: dict[str, NDArray[Any]] = {
        OF_WEIGHTS + name: array for name, array in weights_of(training.model).items()
    }
    for number, values in training.optimizer.state_dict()["state"].items():
        for name, one in values.items():
            if isinstance(one, torch.Tensor):
                memory[f"{_OF_OPTIMIZER}{number}.{name}"] = _copy(one)
    average = training.average
    if training.schedule.nonmonotone:
        memory[LOSSES] = np.array(average.losses, np.float64)
    if average.has_begun:
        memory |= {OF_AVERAGE + name: _copy(mean) for name, mean in _means(training)}
        memory[UPDATES] = np.array(average.n_updates, np.float64)
    return memory


def put_memory(training: ModelTraining, memory: Arrays) -> None:
    """Let a training go on from what `memory_of` returned.

    Raises:
        RunError: An array is missing or left over, or its shape, type or numbers do not fit.
    """
    optimizer, wanted = training.optimizer, {}
    for number, one in enumerate(training.model.parameters()):
        if isinstance(optimizer, torch.optim.Adam):
            prefix, shape = f"{_OF_OPTIMIZER}{number}.", tuple(one.shape)
            wanted |= {f"{prefix}step": (), f"{prefix}exp_avg": shape, f"{prefix}exp_avg_sq": shape}
    weights = weights_in(memory)
    rest = {name: one for name, one in memory.items() if not name.startswith(OF_WEIGHTS)}
    _put_average(training, rest)
    _check("what the optimizer remembers", rest, wanted)
    put_weights(training.model, weights)
    state: dict[int, dict[str, Any]] = {}
    for name, array in rest.items():
        _, number, key = name.split(".")
        state.setdefault(int(number), {})[key] = torch.from_numpy(array.copy())
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def _put_average(training: ModelTraining, rest: dict[str, NDArray]) -> None:
    """Take what belongs to the average out of a memory, and let it go on from there."""
    average = training.average
    if training.schedule.nonmonotone:
        losses = rest.pop(LOSSES, None)
        if losses is None or losses.dtype != np.float64 or losses.ndim != 1:
            raise RunError(f"`{LOSSES}` must be a list of float64.")
        if not np.isfinite(losses).all():
            raise RunError(f"`{LOSSES}` holds a number that is not finite.")
        average.losses = losses.tolist()
    means = {name: rest.pop(name) for name in list(rest) if name.startswith(OF_AVERAGE)}
    if not means:
        return
    n_updates = rest.pop(UPDATES, None)
    if n_updates is None or n_updates.shape != () or not 0 <= n_updates <= MOST_UPDATES:
        raise RunError(f"`{UPDATES}` must be a number from 0 to {MOST_UPDATES:.0e}.")
    if not training.schedule.nonmonotone:
        raise RunError("there is an average of weights, and `nonmonotone` is 0.")
    means = {name.removeprefix(OF_AVERAGE): mean for name, mean in means.items()}
    check_weights(training.model, means)
    average.begin()
    average.n_updates = int(n_updates)
    with torch.no_grad():
        for name, mean in _means(training):
            mean.copy_(torch.from_numpy(np.ascontiguousarray(means[name])))


def _means(training: ModelTraining) -> Iterator[tuple[str, torch.Tensor]]:
    names = (name for name, _ in training.model.named_parameters())
    return zip(names, training.average.means, strict=True)


def chosen_weights(training: ModelTraining) -> dict[str, NDArray[np.float32]]:
    """Return a copy of the weights that the last epoch was scored with: the means, if any."""
    with training.average.in_place():
        return weights_of(training.model)


def weights_of(model: LanguageModel) -> dict[str, NDArray[np.float32]]:
    """Return a copy of a model's weights by name."""
    return {name: _copy(one) for name, one in model.named_parameters()}


def put_weights(model: LanguageModel, weights: Arrays) -> None:
    """Give a model other weights.

    Raises:
        RunError: A name, shape or type is another, or a number is not finite.
    """
    check_weights(model, weights)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(weights[name])))


def check_weights(model: LanguageModel, weights: Arrays) -> None:
    """Check that weights fit a model.

    Raises:
        RunError: A name, shape or type is another, or a number is not finite.
    """
    shapes = {name: tuple(one.shape) for name, one in model.named_parameters()}
    _check("the weights", weights, shapes)
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise RunError(f"the weights {name!r} hold a number that is not finite.")


def _check(what: str, arrays: Arrays, shapes: Mapping[str, tuple[int, ...]]) -> None:
    if arrays.keys() != shapes.keys():
        found, wanted = brief(sorted(arrays)), brief(sorted(shapes))
        raise RunError(f"{what} must have the names {wanted}. Got {found}.")
    for name, shape in shapes.items():
        given = arrays[name]
        if given.shape != shape or given.dtype != np.float32:
            raise RunError(
                f"{what}: {name!r} must be float32 {shape}. Got {given.dtype} {given.shape}."
            )


def _copy(tensor: torch.Tensor) -> NDArray[np.float32]:
    return tensor.detach().cpu().numpy().copy()
