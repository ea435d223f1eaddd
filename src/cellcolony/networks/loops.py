"""The compiled loops, loaded from copies that cannot be stale: see `cells.lower.compiled`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

from cellcolony.cells.lower import compiled, simd
from cellcolony.cells.lower.numba import Precision
from cellcolony.networks import layout


@cache
def window_loops(dtype: Precision = np.float32) -> ModuleType:
    """Return what `kernels.py` defines, for one precision; it compiles when it is first used."""
    precision = np.dtype(dtype).name
    source = _source("kernels.py").replace("REAL = types.float32", f"REAL = types.{precision}", 1)
    depends_on = [Path(simd.__file__), Path(layout.__file__)]
    return compiled.load(f"windows_{precision}", source, depends_on)


@cache
def epoch_loops(dtype: Precision = np.float32) -> ModuleType:
    """Return what `epochs.py` defines, for one precision; it compiles when it is first used."""
    # This copy imports the other one, whose name hashes all that it depends on.
    other = window_loops(dtype).__name__
    source = _source("epochs.py").replace("cellcolony.networks.kernels", other, 1)
    return compiled.load(f"epochs_{np.dtype(dtype).name}", source, [Path(simd.__file__)])


def _source(file_name: str) -> str:
    return Path(__file__).with_name(file_name).read_text(encoding="utf-8")
