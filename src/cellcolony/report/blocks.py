"""What a report consists of: blocks that a terminal and a page both show, each in its way.

Blocks hold plain text. Names of columns and files come from elsewhere, so whoever renders a block
escapes its text; the drawings of a `Picture` alone are markup, and are made by this program.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; verdicts stand out, `lost` ones in a warning colour."""

    text: str
    tone: Literal["plain", "pale", "remark", "verdict", "lost"] = "plain"


@dataclass(frozen=True)
class Heading:
    """A heading within a section."""

    text: str


@dataclass(frozen=True)
class Facts:
    """Labels with what belongs to them."""

    pairs: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: Stands above it.
        kind: What its cells hold: numbers stand at the right; a name from elsewhere is shortened; a
            bar is a number from 0 to 100, which a terminal leaves out.
        roomy: Whether a narrow terminal leaves it out.
    """

    title: str
    kind: Literal["number", "text", "name", "bar"] = "number"
    roomy: bool = False


@dataclass(frozen=True)
class TableBlock:
    """A table.

    Attributes:
        columns: The columns; a text is the title of a column of numbers.
        rows: A cell for each column.
        marked: The row that stands out.
        title: Stands above.
        mark: Says why the marked row stands out, in a word.
    """

    columns: Sequence[Column | str]
    rows: Sequence[Sequence[str]]
    marked: int | None = None
    title: str = ""
    mark: str = "best"

    @staticmethod
    def of(cells: Mapping[Column | str, Sequence[str]], title: str = "", **more: Any) -> TableBlock:
        """Return the table that has these cells in its columns."""
        rows = [list(row) for row in zip(*cells.values(), strict=True)]
        return TableBlock(list(cells), rows, title=title, **more)

    @property
    def header(self) -> list[Column]:
        """The columns."""
        return [Column(one) if isinstance(one, str) else one for one in self.columns]


@dataclass(frozen=True)
class Picture:
    """A drawing as SVG, which this program made; a terminal leaves it out.

    Attributes:
        svg: The drawing.
        narrow: The same for a narrow page: a chart is drawn twice, so that its text is legible.
        keys: The meaning of a chart's marks: the class of each, and text.
        caption: Stands below.
    """

    svg: str
    narrow: str = ""
    keys: Sequence[tuple[str, str]] = ()
    caption: str = ""


@dataclass(frozen=True)
class Code:
    """Lines that stand as they are, such as equations."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Folded:
    """Details that a page shows when their summary is clicked; a terminal leaves them out."""

    summary: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Cards:
    """The numbers that matter most, with their labels; a terminal leaves them out."""

    pairs: Sequence[tuple[str, str]]


Block = Paragraph | Heading | Facts | TableBlock | Picture | Code | Folded | Cards


@dataclass(frozen=True)
class Content:
    """What a section shows of one run.

    Attributes:
        name: The section's name, where a link leads.
        title: The heading; empty for what stands above all others.
        blocks: At least one.
    """

    name: str
    title: str
    blocks: Sequence[Block]


def bars(values: Sequence[float]) -> list[str]:
    """Return the cells of a column of bars: each value as a share of the largest finite one."""
    finite = [value for value in values if math.isfinite(value)]
    largest = max(finite, default=0.0) or 1.0
    shares = [value / largest if math.isfinite(value) else 1.0 for value in values]
    return [f"{100 * min(max(share, 0.0), 1.0):.0f}" for share in shares]


def ends_of(rows: Sequence[Sequence[str]], most: int) -> list[Sequence[str]]:
    """Return the rows of a table; of many the first and the last, and between how many more."""
    left_out, half = len(rows) - most, most // 2
    if left_out <= 0:
        return list(rows)
    told = [f"... {left_out:,} more", *[""] * (len(rows[0]) - 1)]
    return [*rows[:half], told, *rows[-half:]]
