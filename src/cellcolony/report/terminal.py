"""Reports on a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from cellcolony.report.blocks import Block, Code, Content, Facts, Heading, Paragraph, TableBlock
from cellcolony.wording import name

ROOMY = 96
"""Characters of a line from which on a table shows its `roomy` columns."""
BLANK = Text()


def render(blocks: Iterable[Block]) -> RenderableType:
    """Return blocks, to be printed by rich; pictures, cards and what folds away are left out."""
    return _spaced(part for block in blocks for part in _parts(block))


def report(contents: Iterable[Content]) -> RenderableType:
    """Return the sections of a report, to be printed by rich, a blank line before each."""
    return Group(*(part for content in contents for part in (BLANK, render(content.blocks))))


def _spaced(parts: Iterable[RenderableType]) -> Group:
    """Return parts without blank lines at the start, at the end and beside each other."""
    kept: list[RenderableType] = []
    for part in parts:
        if part is not BLANK or (kept and kept[-1] is not BLANK):
            kept.append(part)
    return Group(*(kept[:-1] if kept and kept[-1] is BLANK else kept))


def _parts(block: Block) -> list[RenderableType]:
    match block:
        case Paragraph(text):
            return [Text(text)]
        case Heading(text):
            return [BLANK, Text(text, style="bold")]
        case Facts(pairs):
            table = Table.grid(padding=(0, 2))
            for label, fact in pairs:
                table.add_row(Text(label), Text(fact))
            return [table]
        case TableBlock():
            title = [Text(block.title, style="bold")] if block.title else []
            return [BLANK, *title, _Fitted(block), BLANK]
        case Code(lines):
            return [Text(f"  {line}", no_wrap=True) for line in lines]
        case _:
            return []


@dataclass(frozen=True)
class _Fitted:
    """A table that leaves out some columns where the terminal is narrow."""

    block: TableBlock

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        block, is_roomy = self.block, options.max_width >= ROOMY
        shown = [
            (i, column)
            for i, column in enumerate(block.header)
            if column.kind != "bar" and (is_roomy or not column.roomy)
        ]
        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
        for _, column in shown:
            if column.kind == "number":
                table.add_column(column.title, justify="right", no_wrap=True)
            else:
                table.add_column(column.title, overflow="fold")
        if block.marked is not None:
            table.add_column(no_wrap=True)
        for place, row in enumerate(block.rows):
            is_marked = place == block.marked
            cells = [name(row[i]) if column.kind == "name" else row[i] for i, column in shown]
            word = [f"<- {block.mark}"] if is_marked else []
            table.add_row(*cells, *word, style="bold" if is_marked else None)
        yield table
