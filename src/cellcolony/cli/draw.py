"""`cellcolony draw`: a picture of a candidate of a study, of a model's cells, or of the method."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from cellcolony.cli.printing import print_text


def draw(
    run: Path,
    /,
    *,
    number: Annotated[
        int | Literal["ensemble"] | None, Parameter(name=("--number", "--network"))
    ] = None,
    method: Annotated[bool, Parameter(name=("--method", "--colony"), negative=())] = False,
    out: Path | None = None,
) -> None:
    """Draw the best network or node of a study, or the cells of its language model.

    Args:
        run: The run directory.
        number: The number of another network, or node, of the front; or ensemble: the mean of
            several networks, as one.
        method: Draw what the method has learned instead: of ants, where their pheromone lay at the
            end.
        out: The file to write, over what it held: .svg, and for networks .dot or .gv too. Without,
            the SVG goes to standard output, that of a method to the run directory.
    """
    from cellcolony.report.pictures import drawing_of, keepsake_file, method_drawing
    from cellcolony.runs.open import open_run
    from cellcolony.store.files import write_file

    result = open_run(run)
    if method:
        path = run / keepsake_file(result) if out is None else out
        write_file(path, method_drawing(result, path, number))
        print(path)
        return
    drawing = drawing_of(result, number, "" if out is None else out.suffix.lower())
    if out is None:
        print_text(drawing)
    else:
        write_file(out, drawing)
