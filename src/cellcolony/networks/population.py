"""Score many networks at once, each in a lane of a vector: no training, forward passes alone.

Networks of any structure are computed side by side: see `population_layout.py`. So networks of one
species, or one network with many sets of weights, cost little more than one of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cellcolony.cells.lower import compiled, frame, native, simd
from cellcolony.cells.lower.frame import Frame, as_array
from cellcolony.networks.builders import fixed_network
from cellcolony.networks.genome import Network
from cellcolony.networks.population_layout import Numbers, Population, populations
from cellcolony.networks.records import as_record
from cellcolony.networks.series import Series
from cellcolony.networks.vectors import width_of_lanes


def score_each(
    networks: Sequence[Network],
    series: Sequence[Series],
    *,
    weights: Sequence[ArrayLike] | None = None,
    stop: NDArray[np.uint8] | None = None,
) -> NDArray[np.float64]:
    """Return the mean absolute error of each network, over outputs and counted steps.

    It is, to the bit, that of the network alone.

    Args:
        networks: The networks; one may stand there several times.
        series: What they are scored on, each from its first step with zero state.
        weights: `(n_all_weights,)` for each network; None for their own.
        stop: `(1,)`; while it is not 0, nothing is computed.

    Returns:
        `(n_networks,)`, in scaled units: infinite for a network that has no finite error, or an
        output that no input reaches; NaN where the stop flag ended it.

    Raises:
        GenomeError: A network has no weights, or numbers of inputs or outputs that are not those of
            the data.
    """
    n_counted = sum(np.count_nonzero(one.counts) for one in series)
    losses = np.full(len(networks), np.inf)
    for places, population in populations(networks, series, weights):
        errors = np.zeros((population.n_outputs, population.lanes))
        ended = [_run(population, one, errors, _NO_OUTPUTS, stop) for one in series]
        if not all(ended):
            losses[places] = np.nan
            continue
        losses[places] = errors.sum(axis=0)[: len(places)] / max(n_counted, 1)
        losses[places] /= population.n_outputs
    if len(networks) > 1:
        # A value beyond all numbers times a weight of 0 is none: a neighbour's edge may do that.
        for place in np.flatnonzero(~np.isfinite(losses)).tolist():
            own = None if weights is None else [weights[place]]
            losses[place] = score_each([networks[place]], series, weights=own, stop=stop)[0]
    elif not (stop is not None and stop[0]):
        losses[~np.isfinite(losses)] = np.inf
    return losses


def predict_population(networks: Sequence[Network], inputs: ArrayLike) -> list[Numbers]:
    """Run each network over a series from zero state, all side by side.

    Args:
        networks: The networks, with weights; an input reaches each of their outputs.
        inputs: `(time, n_inputs)`, scaled.

    Returns:
        `(time, n_outputs)` for each network.
    """
    values = np.asarray(inputs, np.float32)
    n_outputs = len(networks[0].outputs)
    targets = np.zeros((len(values), n_outputs), np.float32)
    series = Series(values, targets, np.zeros(len(values), bool))
    found: dict[int, Numbers] = {}
    for places, population in populations(networks, [series], None):
        outputs = np.zeros((len(values), n_outputs, population.lanes), np.float32)
        errors = np.zeros((n_outputs, population.lanes))
        _run(population, series, errors, outputs, None)
        found |= {place: outputs[:, :, lane] for lane, place in enumerate(places.tolist())}
    return [found[place] for place in range(len(networks))]


def warm_up_population() -> None:
    """Compile the kernel, or load what an earlier process compiled, in the calling thread."""
    some = np.zeros((1, 1), np.float32)
    network = fixed_network(["linear"], 1, 1, output_cell="linear")
    network = network.with_weights(np.zeros(network.n_all_weights))
    score_each([network], [Series(some, some, np.ones(1, bool))])


_NO_OUTPUTS = np.zeros((0, 0, 0), np.float32)


def _run(
    population: Population,
    series: Series,
    errors: NDArray[np.float64],
    outputs: Numbers,
    stop: NDArray[np.uint8] | None,
) -> bool:
    loops = _loops(width_of_lanes())
    population.states[:] = 0
    y = np.zeros((population.history + loops.WINDOW) * population.row, np.float32)
    return native.call(
        loops.run,
        as_record(population),
        as_array([*_frames(population, y)]).reshape(-1),
        y,
        np.ascontiguousarray(series.inputs, np.float32).reshape(-1),
        np.ascontiguousarray(series.targets, np.float32),
        series.counts.astype(np.uint8),
        errors,
        outputs,
        np.zeros(1, np.uint8) if stop is None else stop,
    )


def _frames(population: Population, y: Numbers) -> Iterator[Frame]:
    def address(numbers: Numbers, place: int) -> int:
        return numbers.ctypes.data + place * numbers.itemsize

    lanes, row = population.lanes, population.row
    first_slots = population.first_slots.tolist()
    for group, (weights, states) in enumerate(population.groups.tolist()):
        first, last = first_slots[group : group + 2]
        slot = population.history * row + (population.n_inputs + first) * lanes
        yield Frame(
            width=(last - first) * lanes,
            stride=row,
            tape_stride=0,
            weights=address(population.cell_weights, weights),
            s=address(population.s, first * lanes),
            y=address(y, slot),
            states=address(population.states, states),
            tape=address(population.tape, 0),
        )


@cache
def _loops(vector: int) -> ModuleType:
    """Return what `population_kernels.py` defines; it compiles when it is first used."""
    path = Path(__file__).with_name("population_kernels.py")
    return compiled.load_copy(
        path, np.float32, [Path(simd.__file__), Path(frame.__file__)], vector=vector
    )
