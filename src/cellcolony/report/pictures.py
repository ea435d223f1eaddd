"""Drawings of what a study found: its networks or nodes, its cells, what its method has learned."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cellcolony.cells import Cell, label
from cellcolony.drawing import draw_cell, draw_cells, draw_dot, draw_mixture, draw_svg
from cellcolony.errors import ConfigError, GenomeError, RunError
from cellcolony.layers.mixture import Mixture
from cellcolony.networks.genome import Network
from cellcolony.runs import directory
from cellcolony.runs.ensemble import Which
from cellcolony.runs.layer_named import cell_of_word
from cellcolony.runs.result import Result
from cellcolony.search.methods import METHODS
from cellcolony.search.model import FixedModel
from cellcolony.store.files import write_file
from cellcolony.wording import capital, count, name

DRAWING = "drawing.svg"
SVG, DOT = ".svg", (".dot", ".gv")


def drawing_of(result: Result, number: Which = None, suffix: str = "") -> str:
    """Draw what a study found: a network or a node, or the cells of its one model.

    Args:
        result: The study.
        number: The number of a candidate of the front, or "ensemble"; None for the best.
        suffix: How the name of the file ends, which says what is drawn: ".svg", or ".dot" and
            ".gv" for a network; empty for SVG.

    Raises:
        ConfigError: Nothing is drawn for such a name.
        RunError: The front has no candidate of this number, or there is no ensemble.
        GenomeError: A cell is too large to be drawn.
    """
    cells = cells_of_model(result)
    is_network = not cells and result.config.genome == Network.kind
    if suffix not in ("", SVG, *(DOT if is_network else ())):
        forms = ".svg, .dot or .gv for a network" if is_network else f".svg for a {result.noun}"
        raise ConfigError(f"The name of a drawing must end in {forms}. Got {suffix}.")
    if cells:
        if number is not None:
            raise RunError(
                f"{result.path or 'The study'} trained one model: leave out the number {number}."
            )
        return draw_cells([(name(label(cell.name)), cell) for cell in cells], result.facts.title)
    champion = result.found(number)
    title = f"{capital(champion.title)}: {result.facts.title}"
    if suffix in DOT:
        return draw_dot(champion.network, title)
    genome: Any = champion.genome
    if isinstance(genome, Mixture):
        return draw_mixture(genome, title)
    return draw_svg(genome, title) if is_network else draw_cell(genome, title)


def drawing_of_cells(words: Sequence[str], suffix: str = "") -> str:
    """Draw cells side by side; those of the literature as the trees that evolution would vary.

    Args:
        words: Names of cells, files `cell.json`, run directories of searches for nodes.
        suffix: As for `drawing_of`.

    Raises:
        ConfigError: There is none, nothing is drawn for such a name, or a cell is unknown.
        RunError: A file or a run cannot be read.
        GenomeError: A cell is too large to be drawn.
    """
    if not words:
        raise ConfigError("Name what is to be drawn: a run directory, or cells such as lstm gru.")
    if suffix not in ("", SVG):
        raise ConfigError(f"The name of a drawing of cells must end in .svg. Got {suffix}.")
    return draw_cells([(name(word), cell_of_word(word)) for word in words])


def cells_of_model(result: Result) -> list[Cell]:
    """Return the different cells of the one model that a study trains; none where it searches."""
    method = result.config.method
    if not isinstance(method, FixedModel):
        return []
    return list(dict.fromkeys(group.cell for group in method.layer.groups))


def around_of_model(result: Result) -> tuple[str, ...]:
    """Return what a step of that model does besides its cells, in sentences."""
    method, training = result.config.method, result.config.training
    if not isinstance(method, FixedModel):
        return ()
    return training.model.layer(method.layer, method.layer.n_units).around


def keepsake_file(result: Result) -> str:
    """Return the name of the drawing of what a study's method has learned: "colony.svg".

    Raises:
        ConfigError: The method has nothing to draw.
    """
    config = result.config
    if config.method_entry.picture is None:
        having = [one for one in METHODS.names() if METHODS[one].picture is not None]
        raise ConfigError(
            f"The method {config.method_name!r} keeps nothing that can be drawn. Methods that do: "
            f"{', '.join(having)}."
        )
    return f"{config.method_entry.keepsake}{SVG}"


def method_drawing(result: Result, path: Path, number: Which = None) -> str:
    """Draw what the method of a study has learned, as SVG.

    Args:
        result: The study.
        path: The file that it is for.
        number: Must be None: it chooses a candidate.

    Raises:
        ConfigError: The method has nothing to draw, the file's name does not end in .svg, or a
            number is given.
        RunError: What it has learned is missing or damaged.
    """
    keepsake_file(result)
    keepsake = result.config.method_entry.keepsake
    if number is not None:
        raise ConfigError(f"A number and the drawing of the {keepsake} exclude each other.")
    if path.suffix.lower() != SVG:
        raise ConfigError(f"`out` must end in .svg for a {keepsake}. Got {path}.")
    drawing = learned(result)
    if drawing is None:
        raise RunError(
            f"{result.path or 'The study'} has no {keepsake}: it is kept when a search ends, and "
            "this one has not ended, or was killed."
        )
    return drawing


def learned(result: Result, longest: int | None = None) -> str | None:
    """Draw what the method of a study has learned.

    Args:
        result: A study whose method has something to draw.
        longest: After how many characters the drawing should show less; None for never.

    Returns:
        None where it has kept nothing, because its search has not ended.

    Raises:
        RunError: What was kept is damaged.
    """
    config, missing = result.config, []

    def kept(name: str) -> bytes | None:
        content = result.kept(name)
        if content is None:
            missing.append(name)
        return content

    entry = config.method_entry
    assert entry.picture is not None
    title = f"The {entry.keepsake} after {count(result.n_done, result.noun)}: {result.facts.title}"
    try:
        return entry.picture(config.method, config.problem, kept, title, longest=longest)
    except RunError:
        if missing:
            return None
        raise


def write_drawings(result: Result, run: Path) -> None:
    """Write all drawings of a study into its directory; what is too large for one is left out.

    Raises:
        RunError: A file cannot be written, or what the method has learned is damaged.
    """
    for champion in result.front:
        folder = run / directory.CHAMPIONS / str(champion.number)
        _write(result, champion.number, folder / DRAWING, run)
    if result.ensemble is not None:
        _write(result, directory.ENSEMBLE, run / directory.ENSEMBLE / DRAWING, run)
    if cells_of_model(result):
        _write(result, None, run / DRAWING, run)
    if result.config.method_entry.picture is not None and (drawing := learned(result)) is not None:
        write_file(run / keepsake_file(result), drawing)


def _write(result: Result, number: Which, path: Path, run: Path) -> None:
    try:
        drawing = drawing_of(result, number)
    except GenomeError:
        return
    write_file(path, drawing, within=run)
