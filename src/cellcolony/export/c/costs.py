"""What exported C takes on a board, and how near it is to what this program predicts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellcolony.export.c.compiled import compiler, flash_bytes, program
from cellcolony.export.c.intervals import interval_bytes
from cellcolony.export.c.source import CSource, c_source, float32, prefix_of
from cellcolony.export.contents import Contents, contents
from cellcolony.export.exportable import ForecastNetwork
from cellcolony.export.intervals import Interval
from cellcolony.networks.train import predict
from cellcolony.seeds import rng_for

N_ROWS = 10_000
"""Rows that a compiled file is timed and compared on."""
SHORTEST, LONGEST = 20, 200
"""Rows of a swing."""


def tell(it: ForecastNetwork, main: Path) -> Iterator[str]:
    """Yield lines about a written file in float32."""
    parts = contents(it.network, it.transform, it.residual)
    yield from told_of(c_source(parts, float32(parts), main.stem), parts, main, it.interval)
    if (found := compiler()) is not None:
        rows = likely_rows(parts)
        with program(main, len(it.transform.outputs), found) as built:
            forecasts, seconds = built.run(rows), built.seconds(rows)
        expected = predicted(it, parts, rows)
        largest = np.abs(forecasts - expected).max() / np.abs(expected).max(initial=1e-30)
        yield (
            f"{1e6 * seconds:.2g} microseconds a row on this machine. Its forecasts of "
            f"{N_ROWS:,} rows differ from predict's by at most {largest:.1e} of the largest."
        )


def told_of(
    source: CSource, parts: Contents, main: Path, interval: Interval | None = None
) -> Iterator[str]:
    """Yield a line about bytes and multiplications, and one about intervals."""
    found = compiler()
    flash = None if found is None else flash_bytes(main, found)
    if flash is None or found is None:
        flash, how = source.n_constant_bytes, "constants alone, for no C compiler was found"
    else:
        how = f"code and constants, by {Path(found).name} -Os for this machine"
    yield (
        f"Flash {flash:,} bytes ({how}); RAM {source.n_state_bytes:,} bytes a series; "
        f"{source.n_multiplications:,} multiplications a row for {parts.n_weights:,} weights."
    )
    if interval is None:
        return
    option = f"-D{prefix_of(main.stem).upper()}_FIXED_INTERVALS"
    fixed = None if found is None else flash_bytes(main, found, option)
    of_flash = "" if fixed is None else f" and the flash is {fixed:,} bytes"
    yield (
        f"Intervals that follow the errors are part of this flash, and take "
        f"{interval_bytes(parts, interval):,} more bytes of RAM a series; with {option} they take "
        f"none, stay as validation has them{of_flash}."
    )


def likely_rows(parts: Contents) -> NDArray[np.float32]:
    """Return rows that swing through the range of the training rows, `(N_ROWS, columns)`."""
    transform = parts.transform
    known = transform.input_range
    ins, outs = transform.input_scaling, transform.target_scaling
    lowest = (ins.offset - ins.width) if known is None else known.lowest
    highest = (ins.offset + ins.width) if known is None else known.highest
    more = [transform.of_outputs.index(name) for name in parts.columns[len(lowest) :]]
    lowest = np.concatenate([lowest, outs.offset[more]])
    highest = np.concatenate([highest, (outs.offset + outs.width)[more]])
    rng = rng_for(0, 0, "rows for an exported file")
    period, phase = rng.uniform(SHORTEST, LONGEST, len(lowest)), rng.uniform(0, 7, len(lowest))
    waves = np.sin(2 * np.pi * np.arange(N_ROWS)[:, None] / period + phase)
    return (lowest + (highest - lowest) * (0.5 + 0.5 * waves)).astype(np.float32)


def predicted(
    it: ForecastNetwork, parts: Contents, rows: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return what this program predicts for rows of `Contents.columns`."""
    exact = rows.astype(np.float64)
    inputs = it.transform.input_scaling.scaled(exact[:, : len(it.transform.inputs)])
    base = exact[:, parts.base] if it.residual else None
    return it.transform.unscale(predict(it.network, inputs.astype(np.float32)), base)
