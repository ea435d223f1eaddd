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
    depends_on = [Path(simd.__file__), Path(layout.__file__)]
    return compiled.load_copy(Path(__file__).with_name("kernels.py"), dtype, depends_on)


@cache
def epoch_loops(dtype: Precision = np.float32) -> ModuleType:
    """Return what `epochs.py` defines, for one precision; it compiles when it is first used."""
    imports = {"cellcolony.networks.kernels": window_loops(dtype)}
    path = Path(__file__).with_name("epochs.py")
    return compiled.load_copy(path, dtype, [Path(simd.__file__)], imports)
