"""`cellcolony draw`: a picture of a network of a run."""

from __future__ import annotations

import sys
from pathlib import Path

from cellcolony.errors import ConfigError


def draw(run: Path, /, *, network: int | None = None, out: Path | None = None) -> None:
    """Draw the best network of a run, as SVG or as DOT text for Graphviz.

    Args:
        run: The run directory.
        network: The number of another network of the front.
        out: The file to write, over what it held: .svg, .dot or .gv. Without, SVG goes to standard
            output.
    """
    from cellcolony.report.drawing import draw_dot, draw_svg
    from cellcolony.report.pictures import title_of
    from cellcolony.runs.directory import write_file
    from cellcolony.runs.stored import open_run

    forms = {".svg": draw_svg, ".dot": draw_dot, ".gv": draw_dot}
    form = draw_svg if out is None else forms.get(out.suffix.lower())
    if form is None:
        raise ConfigError(f"`out` must end in .svg, .dot or .gv. Got {out}.")
    result = open_run(run)
    champion = result.champion(network)
    drawing = form(champion.network, title_of(result, champion))
    if out is None:
        sys.stdout.write(drawing)
    else:
        write_file(out, drawing)
