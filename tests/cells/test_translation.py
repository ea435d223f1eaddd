"""What kernels are written in means in machine code what it means in Python."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest

from cellcolony.cells.lower import compiled, native
from cellcolony.cells.lower.simd import VECTOR

BEGIN = """
from __future__ import annotations
import numpy as np
from numba import types
from cellcolony.cells.lower.simd import VECTOR, add_up, integers, load, pointer, splat, store
CHOSEN = False
"""


@pytest.fixture
def translated(tmp_path, monkeypatch):
    """Return what gives the function `f` of some lines, as Python and compiled."""
    monkeypatch.setattr(compiled, "cache_folder", lambda: tmp_path)

    def made(source):
        function = compiled.load("some", f"{BEGIN}# {tmp_path}\n{source}").f
        return function, partial(native.call, function)

    return made


CONTROL = """
def f(n, limit) -> int:
    total = 0
    for i in range(n):
        if i == 3:
            continue
        elif i > limit:
            return -total
        for j in range(2, i, 2):
            total += i * j if j > 4 else j
    for k in range(n, -1, -1):
        total = total + k
    return total
"""


@pytest.mark.parametrize("n", [0, 1, 7, 12])
def test_loops_branches_and_early_returns(translated, n):
    python, machine = translated(CONTROL)
    for limit in (2, 8, 100):
        assert machine(n, limit) == python(n, limit)


LOGIC = """
def note(seen, place) -> bool:
    seen[place] += 1
    return place > 1

def f(a, b, seen) -> bool:
    if CHOSEN:
        unknown(a)
    return (a > 0 and note(seen, 0)) or not note(seen, 1) or 0 < b < 5 or note(seen, 2)
"""


def test_and_and_or_compute_no_more_than_they_need(translated):
    python, machine = translated(LOGIC)
    for a, b in ((1, 3), (0, 7), (0, 2), (1, -1)):
        one, other = np.zeros((2, 3), np.int64)
        assert machine(a, b, one) == python(a, b, other)
        np.testing.assert_array_equal(one, other)


ARITHMETIC = """
def f(x, n, numbers) -> float:
    total = 1.0 / (max(n, 2) * 3)
    total += min(abs(x), 4.5) + np.sign(x) * 7 + x**n + n // 3 + (1 if x > 0 else 2)
    if np.isfinite(x) and x != 0.25:
        total -= np.sqrt(abs(x)) / n
    for i in range(numbers.size // 6):
        numbers[i, 1, 2] = numbers[i, 0, 1] * x
        row = numbers[i]
        row[1, 0] += n
        total += numbers[i, 1, 0] - np.float64(row[1, 2])
    return total
"""


@pytest.mark.parametrize("x", [0.0, 0.25, -1.5, 3.0, math.inf, math.nan])
def test_numbers_and_arrays_of_several_dimensions(translated, x):
    python, machine = translated(ARITHMETIC)
    one, other = (np.arange(24, dtype=np.float32).reshape(4, 2, 3) for _ in range(2))
    with np.errstate(all="ignore"):
        expected = python(np.float64(x), 5, other)
    assert machine(x, 5, one) == pytest.approx(expected, nan_ok=True)
    np.testing.assert_allclose(one, other, rtol=1e-6)


VECTORS = """
def f(numbers) -> float:
    total = splat(types.float32(0))
    for i in range(0, numbers.size, VECTOR):
        total = total + load(numbers, i) * load(numbers, i)
        store(numbers, i, total)
    return add_up(total)
"""


def test_vectors(translated):
    _, machine = translated(VECTORS)
    numbers = np.arange(2 * VECTOR, dtype=np.float32)
    assert machine(numbers) == (np.arange(2 * VECTOR) ** 2).sum()


def test_what_it_does_not_know_is_said_and_named(translated):
    lines = "def f(n) -> int:", "    while n > 3:", "        n -= 1", "    return n", ""
    _, machine = translated("\n".join(lines))
    with pytest.raises(NotImplementedError, match="while n > 3"):
        machine(5)
