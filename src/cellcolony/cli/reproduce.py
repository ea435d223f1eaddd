"""`cellcolony reproduce`: the tables and figures of a paper, from its experiments run again."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from cellcolony.cli.options import GpuOptions
from cellcolony.cli.printing import print_parts


def reproduce(
    paper: str,
    files: list[str] | None = None,
    /,
    *,
    table: list[int] | None = None,
    figure: list[str] | None = None,
    appendix: Annotated[bool, Parameter(negative=())] = False,
    claims: Annotated[bool, Parameter(negative=())] = False,
    size: Literal["small", "published"] = "small",
    target: list[str] | None = None,
    valid: list[str] | None = None,
    test: list[str] | None = None,
    part: str | None = None,
    repeats: int | None = None,
    workers: int | None = None,
    gpus: GpuOptions = GpuOptions(),
    out: Path | None = None,
) -> None:
    """Print tables and figures of a paper from its experiments, which are run again.

    Without --table, --figure, --appendix and --claims, all are. Ctrl-C or a kill loses what is
    under way; the same command goes on with what is left. `cellcolony reproduce list` tells what
    there is.

    Args:
        paper: asne for the Ant Swarm paper, n2n for From Nodes to Networks, or list.
        files: The data. Of asne one file, whose first half trains and whose second half is chosen
            on, as published; or files to train on, with --valid. Of n2n a text to learn from.
        table: The number of a table. May be repeated.
        figure: The number of a figure, such as 3 or 4b. May be repeated.
        appendix: The table of the appendix.
        claims: Which of the paper's claims hold, tested.
        size: small for some hours of two cores, or published for what the paper ran.
        target: Of asne: a column to forecast; without, the one of the paper. May be repeated.
        valid: A file or pattern to choose on, instead of the second half, or of the end of the
            text. May be repeated.
        test: Of n2n: a file or pattern to test on. Without, the last 15 % of the text. May be
            repeated.
        part: Of asne: which part of the runs, such as 2/5, where machines that share a folder
            share them.
        repeats: Of asne: how often each experiment is run, instead of what the size says.
        workers: How many runs, or candidates, at once. Without, one for each processor core.
        gpus: Of n2n: where models compute.
        out: The folder to write, or to continue. Without, runs/asne-small or runs/asne-published.
    """
    from cellcolony.report.battery.watch import watch_battery
    from cellcolony.report.reprints.papers import listed, reprint
    from cellcolony.report.watch import watch

    if paper == "list":
        print_parts(listed())
        return
    options = [
        *(f"--table {number}" for number in table or ()),
        *(f"--figure {number}" for number in figure or ()),
        *(["--appendix"] if appendix else ()),
        *(["--claims"] if claims else ()),
    ]
    folder = Path("runs") / f"{paper}-{size}" if out is None else out
    with watch() if paper == "n2n" else watch_battery() as shown:
        blocks, written = reprint(
            paper, options, size, files or (), folder, target=target, valid=valid, test=test,
            part=part, repeats=repeats, workers=workers, on_event=shown.observe,
            **({} if gpus == GpuOptions() else asdict(gpus)),
        )  # fmt: skip
    print_parts(blocks)
    if written:
        print(f"Written to {folder}: {', '.join(file.name for file in written)}")
