"""The colony of a run: what its ants had learned when the search ended."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save

from cellcolony.config import RunConfig
from cellcolony.contract import Search
from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.search.ants import AntSearch, AntSwarm
from cellcolony.search.ants.colony import Colony
from cellcolony.store.reading import LARGEST_ARRAYS, parse_tensors, read
from cellcolony.tasks.transform import Transform

PHEROMONES = ("start", "edges", "recurrent", "cells")


def colony_of(search: Search) -> Colony | None:
    """Return the colony of a search as it is now; None for a search that has none."""
    return search.colony if isinstance(search, AntSearch) else None


def write_colony(run: Path, colony: Colony) -> None:
    """Write a colony into its run directory, over an earlier one."""
    saved = colony.to_dict()
    tensors = {**saved["pheromones"], "weights": saved["weights"], "epochs": saved["epochs"]}
    directory.write_file(run / directory.COLONY, save(tensors))


def read_colony(run: Path, config: RunConfig) -> Colony:
    """Return the colony of a run directory.

    Args:
        run: The run directory.
        config: Its settings, from which what the colony can build follows.

    Raises:
        RunError: The run has no colony, or its file is damaged or of another size.
    """
    path, settings = run / directory.COLONY, ants_of(config)
    if not path.exists():
        ended = (run / directory.RESULT).exists()
        why = (
            "the program that wrote it kept none: search again"
            if ended
            else "the search has not ended, or was killed"
        )
        raise RunError(f"{run} has no colony: there is no {directory.COLONY}; {why}.")
    try:
        transform = Transform.from_dict(config.transform)
        output_cell = str(config.protocol["output_cell"])
        layout = settings.layout(transform.inputs, transform.targets, output_cell)
        tensors = parse_tensors(read(run, path, LARGEST_ARRAYS))
        for name in (*PHEROMONES, "weights", "epochs"):
            if tensors[name].dtype != np.float64:
                raise ValueError(f"`{name}` must be float64. Got {tensors[name].dtype}.")
        pheromones = {name: tensors[name] for name in PHEROMONES}
        return Colony.from_dict(layout, {**tensors, "pheromones": pheromones})
    except KeyError as error:
        raise RunError(f"{path}: the colony cannot be read: it has no {error}.") from error
    except (ValueError, RunError) as error:
        raise RunError(f"{path}: the colony cannot be read: {error}") from error


def ants_of(config: RunConfig) -> AntSwarm:
    """Return the settings of the colony that made a run.

    Raises:
        RunError: Another method made it, or a setting is unknown or has a value it cannot have.
    """
    values = dict(config.search)
    method = values.pop("method", None)
    if method != AntSwarm.__name__:
        raise RunError(f"The run has no colony: it was made by {method}, not by an ant swarm.")
    try:
        return AntSwarm(**values)
    except (TypeError, ValueError) as error:
        raise RunError(f"The settings of the colony cannot be read: {error}") from error
