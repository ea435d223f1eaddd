"""Run a network a few steps at a time, its memory carried over from call to call."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower import compiled
from cellcolony.errors import GenomeError
from cellcolony.networks import batches as batching
from cellcolony.networks.genome import Network
from cellcolony.networks.layout import lay_out
from cellcolony.networks.loops import epoch_loops
from cellcolony.networks.memory import allocate
from cellcolony.networks.plan import plan
from cellcolony.networks.records import as_record
from cellcolony.networks.series import Series
from cellcolony.networks.train import SCORING_WINDOW, weights_to_run


class Stepper:
    """Gives what `train.predict` gives, without knowing the whole series beforehand.

    Args:
        network: A trained network; it begins with zero state.

    Raises:
        GenomeError: It has no weights, or an output that no input reaches.
    """

    def __init__(self, network: Network) -> None:
        self._theta = weights_to_run(network)
        self._n_inputs, self._n_outputs = len(network.inputs), len(network.outputs)
        self._layout = lay_out(plan(network), lanes=1)
        self._memory = allocate(self._layout, SCORING_WINDOW, backward=False)
        self._n_steps_before = 0

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

    def _run_window(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        n_steps = len(inputs)
        blank = np.zeros((n_steps, self._n_outputs), np.float32)
        window = batching.whole_series([Series(inputs, blank, np.ones(n_steps, bool))])
        if self._n_steps_before:
            self._carry_history_over()
            window.fresh[:] = 0
        outputs = np.zeros_like(window.targets)  # (1, time, output, 1)
        records = map(as_record, (self._layout, self._memory, window))
        stop = np.zeros(1, np.uint8)
        compiled.call(epoch_loops().predict, self._theta, *records, outputs, stop)
        self._n_steps_before = n_steps
        return outputs.reshape(n_steps, self._n_outputs)

    def _carry_history_over(self) -> None:
        """Put the last rows of the window before in front, where recurrent edges read."""
        y, row = self._memory.y, self._layout.stride
        n_history = self._layout.history * row
        begin = self._n_steps_before * row
        y[:n_history] = y[begin : begin + n_history].copy()
