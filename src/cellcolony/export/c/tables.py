"""The constants of a network as tables of C, in the smallest types that hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from cellcolony.cells.lower.c import number
from cellcolony.export.contents import Contents

LINE_LENGTH = 92
BYTES = {"uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "int16_t": 2, "float": 4, "double": 8}


class Table(NamedTuple):
    """An array of constants.

    Attributes:
        name: What it is called.
        about: What it holds.
        type: The type of its elements.
        values: The elements, as they are written.
    """

    name: str
    about: str
    type: str
    values: tuple[str, ...]

    @property
    def n_bytes(self) -> int:
        """How much memory it takes."""
        return BYTES[self.type] * len(self.values)

    @property
    def lines(self) -> list[str]:
        """Its elements, as many in a line as there is room for."""
        lines = [""]
        for value in self.values:
            if lines[-1] and len(lines[-1]) + len(value) > LINE_LENGTH:
                lines.append("")
            lines[-1] += f"{' ' if lines[-1] else ''}{value},"
        return lines


def unsigned(largest: int) -> str:
    """Return the smallest type of whole numbers up to one."""
    return "uint8_t" if largest < 256 else "uint16_t" if largest < 65_536 else "uint32_t"


def whole(name: str, about: str, values: Iterable[int]) -> Table:
    """Return a table of whole numbers, none below 0."""
    numbers = list(values)
    return Table(name, about, unsigned(max(numbers)), tuple(map(str, numbers)))


def floats(name: str, about: str, values: Iterable[float]) -> Table:
    """Return a table of float32."""
    return Table(name, about, "float", tuple(map(number, values)))


@dataclass(frozen=True)
class Rings:
    """How many values of each node are kept: the latest, and as many more as edges reach back.

    Attributes:
        lengths: By the nodes' places.
    """

    lengths: tuple[int, ...]

    @staticmethod
    def of(parts: Contents) -> Rings:
        """Return those of a network."""
        longest = [0] * len(parts.nodes)
        for source, _, back in parts.edges.tolist():
            longest[source] = max(longest[source], back)
        return Rings(tuple(one + 1 for one in longest))

    @property
    def any(self) -> bool:
        """Whether more is kept of a node than its latest value."""
        return max(self.lengths) > 1

    @property
    def n_values(self) -> int:
        """How many values there are in all."""
        return sum(self.lengths)

    @cached_property
    def type(self) -> str:
        """The type of a place in a ring."""
        return unsigned(max(self.lengths))

    def tables(self) -> list[Table]:
        """Return where rings begin, and their lengths."""
        if not self.any:
            return []
        begins = np.cumsum([0, *self.lengths[:-1]]).tolist()
        return [
            whole("BEGINS", "Where the ring of each node begins.", begins),
            whole("LENGTHS", "How many of its values are kept.", self.lengths),
        ]


def structure(parts: Contents, rings: Rings, kinds: Mapping[str, int]) -> list[Table]:
    """Return the tables of nodes and edges, without weights.

    Args:
        parts: The network.
        rings: What is kept of each node.
        kinds: The number of each cell, by its name.
    """
    n_read = len(parts.inputs)
    n_edges = np.bincount(parts.edges[:, 1], minlength=len(parts.nodes))[n_read:]
    tables = [
        whole("READ", "The columns that the first nodes copy.", parts.read),
        whole("N_EDGES", "How many edges lead into each of the others.", n_edges.tolist()),
        whole(
            "SOURCES", "Where the edges come from, target by target.", parts.edges[:, 0].tolist()
        ),
    ]
    if rings.any:
        back = parts.edges[:, 2].tolist()
        tables.append(whole("BACK", "How many rows back they read; 0 is the same row.", back))
    if len(kinds) > 1:
        cells = [kinds[node.cell] for node in parts.nodes[n_read:]]
        tables.append(whole("CELLS", "The cell of each node.", cells))
    tables.append(whole("TARGETS", "The nodes that forecast.", parts.outputs))
    if parts.residual:
        tables.append(whole("BASE", "The columns that forecasts are added to.", parts.base))
    return [*tables, *rings.tables()]


def scaling(parts: Contents, unit: float) -> list[Table]:
    """Return the tables that take rows to scaled units, and forecasts back.

    An offset is the sum of two float32, so that none of a row's digits is lost where it is large
    beside the width.

    Args:
        parts: The network.
        unit: What stands for 1 in scaled units.
    """
    ins, outs = parts.transform.input_scaling, parts.transform.target_scaling
    read = list(parts.read)
    rests = _rests(ins.offset[read])
    tables = [floats("OFFSETS", "Columns are scaled: less an offset,", ins.offset[read])]
    if any(rests):
        tables.append(floats("RESTS", "less what float32 has cut off of it,", rests))
    tables += [
        floats("FACTORS", "times a factor.", unit / ins.width[read]),
        floats("WIDTHS", "Forecasts are scaled back: times a width,", outs.width / unit),
    ]
    if not parts.residual:
        tables.append(floats("ADDED", "plus an offset.", outs.offset))
    return tables


def _rests(offsets: Sequence[float] | np.ndarray) -> list[float]:
    exact = np.asarray(offsets, np.float64)
    return (exact - exact.astype(np.float32)).tolist()
