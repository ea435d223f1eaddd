"""The compiled loops, loaded from copies that cannot be stale: see `cells.lower.compiled`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

from cellcolony.cells.lower import compiled, frame, simd
from cellcolony.cells.lower.kernel_code import Precision
from cellcolony.networks import layout


@cache
def window_loops(
    dtype: Precision = np.float32, vector: int = simd.VECTOR, draws: bool = False
) -> ModuleType:
    """Return what `kernels.py` defines, for one precision and width; it compiles when first used.

    Args:
        dtype: float32 or float64.
        vector: Floats in a vector, as `Layout.vector` says.
        draws: Whether lanes are draws of weights.
    """
    path, what = Path(__file__).with_name("kernels.py"), {"vector": vector, "draws": draws}
    depends_on = [Path(simd.__file__), Path(layout.__file__)]
    sums = compiled.load_copy(path.with_name("sum_kernels.py"), dtype, depends_on, **what)
    imports = {"cellcolony.networks.sum_kernels": sums}
    depends_on = [Path(simd.__file__), Path(frame.__file__)]
    return compiled.load_copy(path, dtype, depends_on, imports, **what)


@cache
def scoring_loops(dtype: Precision = np.float32, vector: int = simd.VECTOR) -> ModuleType:
    """Return what `scoring_kernels.py` defines; arguments are those of `window_loops`."""
    imports = {"cellcolony.networks.kernels": window_loops(dtype, vector)}
    path = Path(__file__).with_name("scoring_kernels.py")
    return compiled.load_copy(path, dtype, [Path(simd.__file__)], imports)


@cache
def epoch_loops(dtype: Precision = np.float32, vector: int = simd.VECTOR) -> ModuleType:
    """Return what `epochs.py` defines; arguments are those of `window_loops`."""
    imports = {"cellcolony.networks.kernels": window_loops(dtype, vector)}
    path = Path(__file__).with_name("epochs.py")
    return compiled.load_copy(path, dtype, [Path(simd.__file__)], imports)


@cache
def draw_loops(dtype: Precision = np.float32, vector: int = simd.VECTOR) -> ModuleType:
    """Return what `draw_kernels.py` defines; arguments are those of `window_loops`."""
    imports = {
        "cellcolony.networks.epochs": epoch_loops(dtype, vector),
        "cellcolony.networks.kernels": window_loops(dtype, vector, draws=True),
    }
    path = Path(__file__).with_name("draw_kernels.py")
    return compiled.load_copy(path, dtype, [Path(simd.__file__)], imports)
