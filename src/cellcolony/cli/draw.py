"""`cellcolony draw`: a picture of a candidate of a study, of cells, or of the method."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from cellcolony.cli.printing import print_text
from cellcolony.errors import ConfigError


def draw(
    *what: str,
    number: Annotated[
        int | Literal["ensemble"] | None, Parameter(name=("--number", "--network"))
    ] = None,
    method: Annotated[bool, Parameter(name=("--method", "--colony"), negative=())] = False,
    out: Path | None = None,
) -> None:
    """Draw the best network or node of a study, the cells of its model, or any cells.

    Args:
        what: The run directory. Or several words: cells by name, files cell.json and runs of
            searches for nodes are drawn side by side.
        number: The number of another network, or node, of the front; or ensemble: the mean of
            several networks, as one.
        method: Draw what the method has learned instead: of ants, where their pheromone lay at the
            end.
        out: The file to write, over what it held: .svg, and for networks .dot or .gv too. Without,
            the SVG goes to standard output, that of a method to the run directory.
    """
    from cellcolony.report.pictures import (
        drawing_of,
        drawing_of_cells,
        keepsake_file,
        method_drawing,
    )  # fmt: skip
    from cellcolony.runs.layer_named import is_folder
    from cellcolony.runs.open import open_run
    from cellcolony.store.files import write_file, write_output

    if len(what) != 1 or not is_folder(what[0]):
        if number is not None or method:
            raise ConfigError("--number and --method belong to one run directory: name it alone.")
        _put(drawing_of_cells(what, "" if out is None else out.suffix.lower()), out)
        return
    run = Path(what[0])
    result = open_run(run)
    if method:
        path = run / keepsake_file(result) if out is None else out
        write = write_file if out is None else write_output  # no link of the run is followed
        write(path, method_drawing(result, path, number))
        print(path)
        return
    _put(drawing_of(result, number, "" if out is None else out.suffix.lower()), out)


def _put(drawing: str, out: Path | None) -> None:
    """Write a drawing into a file, or to standard output."""
    from cellcolony.store.files import write_output

    if out is None:
        print_text(drawing)
    else:
        write_output(out, drawing)
