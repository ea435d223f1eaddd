"""What a colony has learned when its search ends, as a file: `colony.safetensors`.

It holds the pheromone (`start`, `edges`, `recurrent`, `cells`), `weights` and their `epochs`, in
the order of the superstructure, which follows from the study's settings. Of several colonies it is
the one that has found the best network.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from safetensors.numpy import save

from cellcolony.contract import Problem
from cellcolony.errors import RunError
from cellcolony.search.ants.colonies import Colonies
from cellcolony.search.ants.colony import Colony
from cellcolony.search.ants.drawing import MOST_EDGES, draw_colony
from cellcolony.search.ants.founding import layout_for
from cellcolony.search.ants.search import AntSearch
from cellcolony.search.ants.settings import AntSwarm
from cellcolony.store.reading import parse_tensors

COLONY = "colony.safetensors"
PHEROMONES = ("start", "edges", "recurrent", "cells")
FEWER_EDGES = ((100, 40), (40, 20))
"""Of a drawing that would be too long: forward edges, and recurrent ones."""

ReadKept = Callable[[str], bytes | None]
"""Returns a file of what a method has learned; None where it is missing."""


def keep(search: AntSearch | Colonies) -> Mapping[str, bytes]:
    """Return the colony of a search as a file by its name; of several colonies the best one."""
    if isinstance(search, Colonies):
        search = search.best or search.members[0]
    saved = search.colony.to_dict()
    tensors = {**saved["pheromones"], "weights": saved["weights"], "epochs": saved["epochs"]}
    return {COLONY: save(tensors)}


def read_colony(settings: AntSwarm, problem: Problem, kept: ReadKept) -> Colony:
    """Return the colony that a study has kept.

    Args:
        settings: Those of the search.
        problem: What the search knew of the task; what a colony can build follows from both.
        kept: Returns the file.

    Raises:
        RunError: There is none, or it is damaged or of another size.
    """
    content = kept(COLONY)
    if content is None:
        raise RunError(
            f"There is no colony: {COLONY} is written when a search of ants ends, and it has not "
            "ended, or was killed."
        )
    try:
        tensors = parse_tensors(content)
        for name in (*PHEROMONES, "weights", "epochs"):
            if tensors[name].dtype != np.float64:
                raise ValueError(f"`{name}` must be float64. Got {tensors[name].dtype}.")
        pheromones = {name: tensors[name] for name in PHEROMONES}
        layout = layout_for(settings, problem)
        return Colony.from_dict(layout, {**tensors, "pheromones": pheromones})
    except KeyError as error:
        raise RunError(f"{COLONY}: the colony cannot be read: it has no {error}.") from error
    except ValueError as error:
        raise RunError(f"{COLONY}: the colony cannot be read: {error}") from error


def draw(
    settings: AntSwarm,
    problem: Problem,
    kept: ReadKept,
    title: str = "",
    longest: int | None = None,
) -> str:
    """Return a drawing of a colony that a study has kept, as SVG.

    Args:
        settings: Those of the search.
        problem: What the search knew of the task.
        kept: Returns the file.
        title: Stands above the drawing.
        longest: After how many characters fewer edges are drawn; None for never.

    Raises:
        RunError: As for `read_colony`.
    """
    colony, drawing = read_colony(settings, problem, kept), ""
    for most_edges in (MOST_EDGES, *FEWER_EDGES):
        drawing = draw_colony(colony, settings, title, most_edges)
        if longest is None or len(drawing) <= longest:
            break
    return drawing
