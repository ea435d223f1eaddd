"""What a colony can build for a problem."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cellcolony import cells
from cellcolony.contract import Problem
from cellcolony.errors import ConfigError
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.settings import AntSwarm
from cellcolony.search.ants.superstructure import Superstructure


def layout_for(settings: AntSwarm, problem: Problem) -> Layout:
    """Return what a colony can build for a problem.

    Raises:
        ConfigError: There are fewer ants than outputs, or the output cell is unknown.
    """
    n_outputs = len(problem.outputs)
    if settings.n_ants < n_outputs:
        raise ConfigError(
            f"`n_ants` must be at least the number of outputs, {n_outputs}. Got {settings.n_ants}."
        )
    structure = Superstructure(
        n_inputs=len(problem.inputs),
        n_outputs=n_outputs,
        n_layers=settings.n_layers,
        n_nodes_per_layer=settings.n_nodes_per_layer,
        max_skip=settings.max_skip,
        self_loops=settings.self_loops,
        backward_edges=settings.backward_edges,
        input_names=problem.inputs,
        output_names=problem.outputs,
    )
    return Layout(structure, settings.cells, cells.get(problem.output_cell).name)


def saved_layout(settings: AntSwarm, problem: Problem, saved: Mapping[str, Any]) -> Layout:
    """Return the layout of a saved search; its output cell is the saved one.

    Raises:
        ConfigError: The search was saved with other settings, or for another problem.
    """
    layout = layout_for(settings, replace(problem, output_cell=saved["output_cell"]))
    layout.check_same(saved)
    return layout
