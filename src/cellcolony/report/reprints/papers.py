"""Run the experiments of a paper, and print its tables and figures again."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any

from rich.console import RenderableType

from cellcolony.errors import ConfigError
from cellcolony.report.blocks import Column, TableBlock
from cellcolony.report.reprints import REPRINTS, wanted
from cellcolony.report.reprints.asne import reprint_asne
from cellcolony.report.reprints.n2n import reprint_n2n
from cellcolony.report.terminal import render

PAPERS = {"asne": reprint_asne, "n2n": reprint_n2n}


def listed() -> RenderableType:
    """Return the table of all that can be printed again, for a terminal."""
    rows = []
    for name in REPRINTS.names():
        one = REPRINTS[name]
        rows.append((one.title, one.paper, f"cellcolony reproduce {one.paper} FILE {one.option}"))
    columns = [Column(title, "text") for title in ("what", "paper", "command")]
    return render([TableBlock(columns, sorted(rows, key=lambda row: (row[1], row[2])))])


def reprint(
    paper: str, options: Sequence[str], size: str, files: Sequence[str], folder: Path,
    **others: Any,
) -> tuple[RenderableType, list[Path]]:  # fmt: skip
    """Run what a folder does not hold yet of a paper's experiments, and show them as the paper did.

    Args:
        paper: "asne" or "n2n".
        options: What is shown, such as "--table 1"; none for all.
        size: "small" or "published".
        files: The data.
        folder: The folder to write to, or to continue.
        **others: Those of `reprint_asne` or `reprint_n2n`; one that is None is not given.

    Returns:
        What a terminal shows, and the files that were written.

    Raises:
        ConfigError: There is no such paper, table or part, an option is of the other paper, or
            there are no data.
        DataError: The data cannot be used.
        RunError: The folder holds something else, or cannot be written to.
    """
    chosen = wanted(paper, options)
    given = {name: value for name, value in others.items() if value is not None}
    for name in given:
        if name not in signature(PAPERS[paper]).parameters:
            raise ConfigError(f"`{name}` is no option of the paper {paper!r}. Leave it out.")
    return PAPERS[paper](chosen, size, files, folder, **given)
