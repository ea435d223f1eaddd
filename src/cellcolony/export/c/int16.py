"""C in 16-bit fixed-point numbers, for machines that have no floats, and what that costs."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower.c_int16 import LARGEST, as_int16_function, fixed
from cellcolony.errors import ConfigError
from cellcolony.export import source
from cellcolony.export.c.compiled import Program, compiler, program
from cellcolony.export.c.costs import likely_rows, predicted, told_of
from cellcolony.export.c.source import CSource, Flavour, c_source
from cellcolony.export.c.tables import Table
from cellcolony.export.contents import Contents, contents
from cellcolony.export.exportable import ForecastNetwork
from cellcolony.tasks.forecast import Forecast
from cellcolony.wording import number as in_words

BITS = range(9, 15)
"""How many bits may stand after the point."""
TANH_BITS = 5
"""The table of tanh has a number for each 2^-5,"""
TANH_END = 6
"""up to here."""

Run = Callable[[NDArray[np.floating]], NDArray[np.floating]]
"""Forecasts rows from the first of a series: `(time, columns)` to `(time, n_targets)`."""


def int16(parts: Contents, bits: int) -> Flavour:
    """Return how a network is computed in fixed-point numbers.

    Args:
        parts: The network.
        bits: How many bits stand after the point of values.

    Raises:
        ConfigError: A cell has no form in fixed point, or a weight is too large.
    """
    names = source.function_names(parts.cells)
    edge_bits, cell_bits = _edge_bits(parts), _cell_bits(parts)
    edges = [fixed(weight, edge_bits) for weight in parts.edge_weights.tolist()]
    tables = [_table("EDGE_WEIGHTS", "The weights of edges, times 2^EDGE_BITS.", edges)]
    own = [
        fixed(weight, bits if leaf.op == "param" else cell_bits)
        for group in parts.groups
        for weights in group.weights.tolist()
        for weight, leaf in zip(weights, (w.leaf for w in group.cell.weights()), strict=True)
    ]
    if own:
        about = "The cells' own weights, times 2^WEIGHT_BITS; those that are added, times 2^BITS."
        tables.append(_table("CELL_WEIGHTS", about, own))
    functions = "\n".join(as_int16_function(cell, name, bits) for cell, name in names.items())
    constants = {"BITS": bits, "EDGE_BITS": edge_bits, "WEIGHT_BITS": cell_bits}
    if "tanh_of(" in functions or "sigmoid_of(" in functions:
        n = TANH_END * 2**TANH_BITS
        tanh = [fixed(math.tanh(i / 2**TANH_BITS), bits) for i in range(n + 1)]
        about = "The hyperbolic tangent at 0, 2^-TANH_BITS, and so on, times 2^BITS."
        tables.append(_table("TANH", about, tanh))
        constants |= {"TANH_BITS": TANH_BITS, "LAST_TANH": n}
    return Flavour(
        blocks="network_int16",
        about="in int16",
        kept="int16_t",
        computed="int32_t",
        stored="(int16_t)fixed(%s)",
        product="(int32_t)",
        x_of="saturated((x + (1 << EDGE_BITS) / 2) >> EDGE_BITS)",
        kept_as="(int16_t)%s",
        real="(float)%s",
        functions=[functions],
        weights=tables,
        constants=constants,
        unit=2.0**bits,
    )


def _edge_bits(parts: Contents) -> int:
    """Return the bits after the point of edges' weights: no sum of products may leave int32_t."""
    sizes, targets = np.abs(parts.edge_weights.astype(np.float64)), parts.edges[:, 1]
    largest, sums = sizes.max(), np.bincount(targets, sizes).max()
    room = 2 * LARGEST - np.bincount(targets).max()  # each weight is rounded, by 1/2 at most
    return _whole_bits(min(LARGEST / max(largest, 1e-9), room / max(sums, 1e-9)))


def _cell_bits(parts: Contents) -> int:
    largest = max(
        (
            float(np.abs(group.weights[:, k]).max())
            for group in parts.groups
            for k, weight in enumerate(group.cell.weights())
            if weight.leaf.op != "param"
        ),
        default=1.0,
    )
    return _whole_bits(LARGEST / max(largest, 1e-9))


def _whole_bits(largest_unit: float) -> int:
    bits = math.floor(math.log2(largest_unit)) if largest_unit > 0 else 0
    if bits < 1:
        raise ConfigError("A weight is too large for int16. Export the network in float32.")
    return min(bits, 14)


def _table(name: str, about: str, values: list[int]) -> Table:
    return Table(name, about, "int16_t", tuple(map(str, values)))


def network_int16(it: ForecastNetwork, name: str) -> dict[str, str | bytes]:
    """Return a network as one C file and one header, in fixed-point numbers.

    Where the point stands is chosen by the error on the training rows.

    Raises:
        ConfigError: There is no C compiler or no data to choose by; a cell has no form in fixed
            point, or a weight is too large.
        DataError: The run's data cannot be read.
        RunError: They have changed.
    """
    parts = contents(it.network, it.transform, it.residual)
    found, task = _compiler(), _data(it)
    errors = {}
    for bits in BITS:
        with _built(c_source(parts, int16(parts, bits), name), parts, found) as built:
            errors[bits] = _error(task, "train", parts, built.run)
    best = min(errors, key=lambda bits: (errors[bits], -bits))
    return {**c_source(parts, int16(parts, best), name, it.interval).files}


def tell(it: ForecastNetwork, main: Path) -> Iterator[str]:
    """Yield lines about a written file: what it takes, and what fixed point costs in accuracy."""
    parts = contents(it.network, it.transform, it.residual)
    found, task = _compiler(), _data(it)
    bits = int(re.findall(r"\bBITS = (\d+)", main.read_text())[0])
    yield from told_of(c_source(parts, int16(parts, bits), main.stem), parts, main, it.interval)
    rows = likely_rows(parts)
    with program(main, len(it.transform.outputs), found) as built:
        seconds, error = built.seconds(rows), _error(task, "valid", parts, built.run)
    exact = _error(task, "valid", parts, partial(predicted, it, parts))
    change = f": {100 * (error / exact - 1):+.2g} %" if exact else ""
    yield (
        f"{1e6 * seconds:.2g} microseconds a row on this machine. On validation the scaled error "
        f"is {in_words(error)}, and {in_words(exact)} in float32{change}."
    )


@contextmanager
def _built(written: CSource, parts: Contents, with_compiler: str) -> Iterator[Program]:
    """Compile files that are written for that alone."""
    with tempfile.TemporaryDirectory(prefix="cellcolony-", ignore_cleanup_errors=True) as folder:
        for suffix, content in written.files.items():
            Path(folder, f"{written.name}{suffix}").write_text(content)
        main = Path(folder, f"{written.name}.c")
        with program(main, len(parts.transform.outputs), with_compiler) as built:
            yield built


def _error(task: Forecast, split: str, parts: Contents, run: Run) -> float:
    """Return the mean absolute error on a split, in scaled units, over all targets."""
    predictions = []
    for piece in task.splits[split]:
        values = task.recordings[piece.recording].values
        n_steps = piece.n_steps(task.transform.horizon)
        rows = np.stack([values[name] for name in parts.columns], 1)[:n_steps]
        predictions.append(run(rows.astype(np.float32)))
    found = np.array(task.score(split, predictions).mae)
    return float((found / task.transform.target_scaling.width).mean())


def _compiler() -> str:
    found = compiler()
    if found is None:
        raise ConfigError(
            "int16 needs a C compiler here (gcc or clang), to find out what it costs in accuracy. "
            "Install one, or export in float32."
        )
    return found


def _data(it: ForecastNetwork) -> Forecast:
    if it.task is None:
        raise ConfigError(
            "int16 needs the data of a study, to find out what it costs in accuracy. Export the "
            "network of a run, or export in float32."
        )
    return it.task
