"""Run a network a few steps at a time, its memory carried over from call to call.

What is computed for a step does not depend on how many steps a call brings: one row at a time gives
what `train.predict` gives for the whole series, to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony import cells
from cellcolony.cells.lower import native
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks import batches as batching
from cellcolony.networks.batches import Batches
from cellcolony.networks.genome import Network
from cellcolony.networks.layout import SLOT, STATES, WIDTH, Layout, lay_out
from cellcolony.networks.loops import scoring_loops
from cellcolony.networks.memory import allocate
from cellcolony.networks.plan import Plan, plan
from cellcolony.networks.records import as_record
from cellcolony.networks.series import Series
from cellcolony.networks.train import SCORING_WINDOW, weights_to_run

OUTPUTS, MEMORIES = "outputs", "memories"
"""The arrays of a state, by their names."""


class _Window(NamedTuple):
    """Room for a window: what it holds, its outputs, and what computes them."""

    batches: Batches
    outputs: NDArray[np.float32]
    predict: Callable[[], bool]


class Stepper:
    """Gives what `train.predict` gives, without knowing the whole series beforehand.

    A state is two arrays, the same on every machine and in every exported file:

    - `outputs: (history, n_nodes) float32`: what each node gave in the last steps, the oldest
      first; as many as the longest time skip, at least 1. The nodes stand in the order of
      computing, and those that reach no output are not among them.
    - `memories: (n_memories,) float32`: the cells' own memories (`Cell.own_states`), node by node.

    Args:
        network: A trained network; it begins with zero state.

    Raises:
        GenomeError: It has no weights, or an output that no input reaches.
    """

    def __init__(self, network: Network) -> None:
        self._theta = weights_to_run(network)
        self._n_inputs, self._n_outputs = len(network.inputs), len(network.outputs)
        planned = plan(network)
        self._layout = lay_out(planned, lanes=1, backward=False)
        self._memory = allocate(self._layout, SCORING_WINDOW, backward=False)
        self._records = as_record(self._layout), as_record(self._memory)
        self._slots, self._places = _slots(planned, self._layout), _places(planned, self._layout)
        self._rows = self._memory.y.reshape(-1, self._layout.stride)
        self._n_steps_before = 0
        self._stop = np.zeros(1, np.uint8)
        self._single = self._window(1)

    def run(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the outputs of the next steps, `(time, n_outputs) float32`, in scaled units.

        Args:
            inputs: `(time, n_inputs) float32`, scaled.

        Raises:
            GenomeError: There are more or fewer inputs than the network has.
        """
        if inputs.shape[1] != self._n_inputs:
            raise GenomeError(
                f"The data have {inputs.shape[1]} inputs. Got a network with {self._n_inputs}."
            )
        outputs = [
            self._run_window(inputs[at : at + SCORING_WINDOW])
            for at in range(0, len(inputs), SCORING_WINDOW)
        ]
        return np.concatenate([np.zeros((0, self._n_outputs), np.float32), *outputs])

    def state(self) -> dict[str, NDArray[np.float32]]:
        """Return all that later steps depend on, as arrays of its own: see the class."""
        last = self._rows[self._n_steps_before :][: self._layout.history]
        return {OUTPUTS: last[:, self._slots], MEMORIES: self._memory.states[self._places]}

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from a state.

        Raises:
            ConfigError: It is no state of such a network.
        """
        shapes = {
            OUTPUTS: (self._layout.history, len(self._slots)),
            MEMORIES: (len(self._places),),
        }
        found = {name: state_array(state, name, shape) for name, shape in shapes.items()}
        self.reset()
        self._rows[: self._layout.history, self._slots] = found[OUTPUTS]
        self._memory.states[self._places] = found[MEMORIES]

    def reset(self) -> None:
        """Begin anew with zero state."""
        self._memory.y[:] = 0
        self._memory.states[:] = 0
        self._n_steps_before = 0

    def _window(self, n_steps: int) -> _Window:
        """Return room for a window of so many steps, which goes on with the memory as it is."""
        inputs = np.zeros((n_steps, self._n_inputs), np.float32)
        blank = np.zeros((n_steps, self._n_outputs), np.float32)
        window = batching.whole_series([Series(inputs, blank, np.ones(n_steps, bool))])
        window.fresh[:] = 0
        outputs = np.zeros_like(window.targets)  # (1, time, output, 1)
        loop = scoring_loops(vector=self._layout.vector).predict
        records = *self._records, as_record(window)
        predict = native.bound(loop, self._theta, *records, outputs, self._stop)
        return _Window(window, outputs, predict)

    def _run_window(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        n_steps = len(inputs)
        window = self._single if n_steps == 1 else self._window(n_steps)
        window.batches.inputs[0, :, :, 0] = inputs
        self._carry_history_over()
        window.predict()
        self._n_steps_before = n_steps
        return window.outputs.reshape(n_steps, self._n_outputs).copy()

    def _carry_history_over(self) -> None:
        """Put the last rows of the window before in front, where recurrent edges read."""
        if self._n_steps_before:
            n_history = self._layout.history
            self._rows[:n_history] = self._rows[self._n_steps_before :][:n_history].copy()


def state_array(state: Mapping[str, Any], name: str, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return an array of a state.

    Raises:
        ConfigError: There is none of that shape, or it does not hold numbers.
    """
    try:
        found = np.asarray(state[name], np.float64)
    except (KeyError, TypeError, ValueError):
        raise ConfigError(
            f"`state` must hold the numbers `{name}`, as `state()` returned them."
        ) from None
    if found.shape != shape:
        raise ConfigError(
            f"`{name}` of `state` must have shape {shape}, as `state()` of this network returns "
            f"it. Got {found.shape}."
        )
    return found


def _slots(planned: Plan, layout: Layout) -> NDArray[np.int64]:
    """Return where each node lies in a row, in the order of computing."""
    groups = [group for component in planned.components for group in component.groups]
    begins = layout.groups[:, SLOT].tolist()
    parts = [
        np.arange(begin, begin + len(group.nodes))
        for begin, group in zip(begins, groups, strict=True)
    ]
    return np.concatenate([layout.input_slots, *parts])


def _places(planned: Plan, layout: Layout) -> NDArray[np.int64]:
    """Return where each of the cells' memories lies in `Memory.states`, node by node."""
    groups = [group for component in planned.components for group in component.groups]
    parts = [np.zeros(0, np.int64)]
    for group, row in zip(groups, layout.groups.tolist(), strict=True):
        memories = np.arange(len(cells.get(group.cell).own_states())) * row[WIDTH]
        nodes = np.arange(len(group.nodes))[:, None]
        parts.append((row[STATES] + nodes + memories).ravel())
    return np.concatenate(parts)
