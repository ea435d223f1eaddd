"""What the ants have learned when their search ends, as a file of the run directory."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from safetensors.numpy import save

from cellcolony.contract import Problem
from cellcolony.errors import RunError
from cellcolony.search.ants.colony import Colony
from cellcolony.search.ants.drawing import MOST_EDGES, draw_colony
from cellcolony.search.ants.founding import layout_for
from cellcolony.search.ants.search import AntSearch
from cellcolony.search.ants.settings import AntSwarm
from cellcolony.store.reading import parse_tensors

COLONY = "colony.safetensors"
PHEROMONES = ("start", "edges", "recurrent", "cells")


def keep_colony(search: AntSearch) -> Mapping[str, bytes]:
    """Return the colony as a file: pheromone, the weights that it hands down, and their epochs."""
    saved = search.colony.to_dict()
    tensors = {**saved["pheromones"], "weights": saved["weights"], "epochs": saved["epochs"]}
    return {COLONY: save(tensors)}


def read_colony(settings: AntSwarm, problem: Problem, content: bytes | None) -> Colony:
    """Read what `keep_colony` wrote, which somebody else may have changed.

    Args:
        settings: Those of the colony, from which what it can build follows.
        problem: The columns.
        content: The file; None where there is none.

    Raises:
        RunError: There is no file, or it is damaged or of another size.
    """
    if content is None:
        raise RunError(
            f"The run has no colony: there is no {COLONY}. The search has not ended, or was killed."
        )
    try:
        tensors = parse_tensors(content)
        for name in (*PHEROMONES, "weights", "epochs"):
            if tensors[name].dtype != np.float64:
                raise ValueError(f"`{name}` must be float64. Got {tensors[name].dtype}.")
        pheromones = {name: tensors[name] for name in PHEROMONES}
        return Colony.from_dict(
            layout_for(settings, problem), {**tensors, "pheromones": pheromones}
        )
    except KeyError as error:
        raise RunError(f"{COLONY}: the colony cannot be read: it has no {error}.") from error
    except (ValueError, RunError) as error:
        raise RunError(f"{COLONY}: the colony cannot be read: {error}") from error


def picture(
    settings: AntSwarm,
    problem: Problem,
    read: Callable[[str], bytes | None],
    title: str,
    most_edges: tuple[int, int] = MOST_EDGES,
) -> str:
    """Draw where the ants' pheromone lay when their search ended, as SVG.

    Args:
        settings: Those of the colony.
        problem: The columns.
        read: Returns the bytes of a file of the run directory; None where it is missing.
        title: Stands above the drawing.
        most_edges: Of how many forward edges, and of how many recurrent ones, the strongest are
            drawn.

    Raises:
        RunError: There is no colony, or it cannot be read.
    """
    colony = read_colony(settings, problem, read(COLONY))
    return draw_colony(colony, settings, title, most_edges)
