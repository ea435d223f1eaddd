"""Tables and figures of a paper, printed again from a battery of its experiments.

One file of this folder holds one of them, or several that show the same runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cellcolony.errors import ConfigError
from cellcolony.registry import Registry
from cellcolony.report.battery.table import Table
from cellcolony.report.reprints.experiments import Experiments
from cellcolony.runs.battery.grid import Configuration

Figure: TypeAlias = Callable[[Experiments, Path], bool]
"""Draws over what stands at a path, and says whether there was anything to draw."""


@dataclass(frozen=True)
class Reprint:
    """A table or a figure of a paper.

    Attributes:
        paper: The paper: "asne".
        title: What it shows, in one line.
        option: What asks for it on the command line: "--table 1".
        needs: Says of a configuration of the battery whether its runs are shown.
        tables: From the experiments to the tables.
        figure: Draws the figure; None for none.
    """

    paper: str
    title: str
    option: str
    needs: Callable[[Configuration], bool]
    tables: Callable[[Experiments], Iterable[Table]]
    figure: Figure | None = None


REPRINTS: Registry[Reprint] = Registry(
    "reprint", "cellcolony.report.reprints", "cellcolony.reprints"
)


def wanted(paper: str, options: Sequence[str]) -> list[tuple[str, Reprint]]:
    """Return the reprints of a paper that are asked for, by name; all where none is.

    Args:
        paper: Such as "asne".
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
