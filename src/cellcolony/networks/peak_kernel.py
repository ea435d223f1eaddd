"""The compiled loop that measures how many multiply-adds a core can do.

It runs from a copy in the cache folder. Eight sums do not wait for each other, and stay in
registers.
"""

from __future__ import annotations

from cellcolony.cells.lower.simd import add_up, vectors

VECTOR = 8  # copies for other widths say so
load, broadcast, splat = vectors(VECTOR)
SUMS = 8


def multiply_adds(numbers, n) -> float:
    """Multiply and add n times in each of `SUMS` vectors; returns a number, so that all is done."""
    f, a = splat(numbers[0]), splat(numbers[1])
    b, c, d, e, g, h, i = a, a, a, a, a, a, a
    for _ in range(n):
        a, b, c, d = a * f + f, b * f + f, c * f + f, d * f + f
        e, g, h, i = e * f + f, g * f + f, h * f + f, i * f + f
    return add_up((a + b) + (c + d)) + add_up((e + g) + (h + i))
