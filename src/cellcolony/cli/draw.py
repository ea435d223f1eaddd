"""`cellcolony draw`: a picture of a network or a node of a run, or of its colony."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cellcolony.cli.printing import print_text
from cellcolony.errors import ConfigError


def draw(
    run: Path,
    /,
    *,
    network: int | None = None,
    colony: Annotated[bool, Parameter(negative=())] = False,
    out: Path | None = None,
) -> None:
    """Draw the best network of a run, as SVG or as DOT text for Graphviz, or its colony, as SVG.

    Of a search for nodes, the best node is drawn as a tree.

    Args:
        run: The run directory.
        network: The number of another network, or node, of the front.
        colony: Draw where the ants' pheromone lay at the end, instead of a network.
        out: The file to write, over what it held: .svg, .dot or .gv. Without, the SVG of a network
            goes to standard output, that of a colony to colony.svg in the run directory.
    """
    from cellcolony.runs import kinds

    if kinds.kind_of(run) == kinds.NODE_SEARCH:
        _draw_node(run, network, colony, out)
        return
    kinds.refuse_other(run, kinds.FORECAST, "draw")
    if colony:
        _draw_colony(run, network, out)
    else:
        _draw_network(run, network, out)


def _draw_network(run: Path, network: int | None, out: Path | None) -> None:
    from cellcolony.drawing import draw_dot, draw_svg
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
        print_text(drawing)
    else:
        write_file(out, drawing)


def _draw_colony(run: Path, network: int | None, out: Path | None) -> None:
    from cellcolony.report.pictures import COLONY_DRAWING, colony_drawing
    from cellcolony.runs.directory import write_file
    from cellcolony.runs.stored import open_run

    if network is not None:
        raise ConfigError(f"`network` and `colony` exclude each other. Got network {network}.")
    if out is not None and out.suffix.lower() != ".svg":
        raise ConfigError(f"`out` must end in .svg for a colony. Got {out}.")
    path = run / COLONY_DRAWING if out is None else out
    write_file(path, colony_drawing(open_run(run)))
    print(path)


def _draw_node(run: Path, number: int | None, colony: bool, out: Path | None) -> None:
    from cellcolony.drawing import draw_cell
    from cellcolony.report.nodes.files import title_of_node
    from cellcolony.runs.directory import write_file
    from cellcolony.runs.nodes.result import tree_in
    from cellcolony.runs.nodes.stored import open_node_run

    if colony:
        raise ConfigError(f"`colony` is for searches by ants, and {run} holds a search for nodes.")
    if out is not None and out.suffix.lower() != ".svg":
        raise ConfigError(f"`out` must end in .svg for a node. Got {out}.")
    champion = open_node_run(run).champion(number)
    drawing = draw_cell(tree_in(champion), title_of_node(champion))
    if out is None:
        print_text(drawing)
    else:
        write_file(out, drawing)
