"""Tables and figures of a paper, printed again from its experiments.

Those of the Ant Swarm paper are a battery (`asne.py`), those of From Nodes to Networks some studies
that build on each other (`n2n.py`).

One file of this folder holds one of them, or several that show the same runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from cellcolony.errors import ConfigError
from cellcolony.registry import Registry
from cellcolony.report.battery.table import Table
from cellcolony.report.blocks import Block
from cellcolony.store.files import write_file

Figure: TypeAlias = Callable[[Any, Path], bool]
"""Draws over what stands at a path, and says whether there was anything to draw."""


@dataclass(frozen=True)
class Reprint:
    """A table or a figure of a paper.

    Attributes:
        paper: The paper: "asne" or "n2n".
        title: What it shows, in one line.
        option: What asks for it on the command line: "--table 1".
        needs: Says of a configuration of the battery, or of the name of a study, whether it is
            shown.
        tables: From the experiments (`Experiments`, or `n2n.Studies`) to the tables.
        figure: Draws the figure; None for none.
    """

    paper: str
    title: str
    option: str
    needs: Callable[[Any], bool]
    tables: Callable[[Any], Iterable[Table]]
    figure: Figure | None = None


REPRINTS: Registry[Reprint] = Registry(
    "reprint", "cellcolony.report.reprints", "cellcolony.reprints"
)


def written_down(
    chosen: Iterable[tuple[str, Reprint]], experiments: Any, folder: Path
) -> tuple[list[Block], list[Path]]:
    """Write tables and figures into a folder; return what a terminal shows, and the files.

    Args:
        chosen: What is shown, by name.
        experiments: What they show.
        folder: Where their files go.
    """
    blocks: list[Block] = []
    written = []
    for name, one in chosen:
        for table in one.tables(experiments):
            write_file(folder / table.file, table.csv())
            written.append(folder / table.file)
            blocks.append(table.printed)
        if one.figure is not None and one.figure(experiments, folder / f"{name}.svg"):
            written.append(folder / f"{name}.svg")
    return blocks, written


def wanted(paper: str, options: Sequence[str]) -> list[tuple[str, Reprint]]:
    """Return the reprints of a paper that are asked for, by name; all where none is.

    Args:
        paper: "asne" or "n2n".
        options: Such as "--table 1".

    Raises:
        ConfigError: There is no such paper, or no such reprint.
    """
    every = [(name, REPRINTS[name]) for name in REPRINTS.names()]
    of_paper = [(name, one) for name, one in every if one.paper == paper]
    if not of_paper:
        papers = ", ".join(sorted({one.paper for _, one in every}))
        raise ConfigError(f"`paper` must be one of: {papers}. Got {paper!r}.")
    known = [one.option for _, one in of_paper]
    for option in options:
        if option not in known:
            raise ConfigError(
                f"The paper {paper!r} has no reprint {option!r}. There are: {', '.join(known)}."
            )
    return [(name, one) for name, one in of_paper if not options or one.option in options]
