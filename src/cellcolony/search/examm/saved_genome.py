"""Genomes and innovation numbers as plain arrays, and how they are read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice, pairwise
from typing import Any

import numpy as np

from cellcolony.contract import Problem
from cellcolony.errors import ConfigError
from cellcolony.networks.genome import LARGEST_ID
from cellcolony.search.examm.genome import (
    FORWARD,
    HIDDEN,
    INPUT,
    OUTPUT,
    EdgeGene,
    Genome,
    Link,
    NodeGene,
)
from cellcolony.search.examm.innovations import Innovations
from cellcolony.search.examm.new_weights import cell_weights
from cellcolony.search.examm.seed import seed_links
from cellcolony.search.examm.settings import Examm

KINDS = (INPUT, OUTPUT, HIDDEN)
"""In the order of the nodes' numbers."""


def innovations_to_dict(innovations: Innovations) -> dict[str, Any]:
    """Return the numbers that were given out, as plain arrays and values."""
    links = np.array(innovations.links, np.int64).reshape(-1, 3)
    return {"n_nodes": innovations.n_nodes, "links": links}


def innovations_from_dict(problem: Problem, data: Mapping[str, Any]) -> Innovations:
    """Read what `innovations_to_dict` wrote.

    Raises:
        ConfigError: They are not those of a search for this problem.
    """
    rows = np.asarray(data["links"], np.int64).reshape(-1, 3)
    n_nodes = int(data["n_nodes"])
    innovations = Innovations(n_nodes, (Link(*row) for row in rows.tolist()))
    first = seed_links(problem)
    least = len(problem.inputs) + len(problem.outputs)
    fit = (
        len(innovations.links) == len(rows)
        and list(innovations.links[: len(first)]) == first
        and least <= n_nodes <= LARGEST_ID
        and rows.min(initial=0) >= 0
        and rows[:, :2].max(initial=0) < n_nodes
    )
    if not fit:
        raise ConfigError(
            f"The saved innovation numbers cannot be: {n_nodes} nodes, {len(rows)} edges."
        )
    return innovations


def genome_to_dict(genome: Genome) -> dict[str, Any]:
    """Return a genome as plain arrays and values.

    Shapes:
        `nodes: (n_nodes, 3)`: number, kind, enabled. `depths: (n_nodes,)`. `cell_weights`: those of
        all nodes. `edges: (n_edges, 5)`: number, source, target, skip, enabled. `weights:
        (n_edges,)`.
    """
    nodes, edges = genome.nodes, genome.edges
    return {
        "nodes": _rows([(n.number, KINDS.index(n.kind), n.enabled) for n in nodes], 3),
        "depths": np.array([node.depth for node in nodes]),
        "cells": [node.cell for node in nodes],
        "cell_weights": np.array([weight for node in nodes for weight in node.weights]),
        "edges": _rows([edge[:5] for edge in edges], 5),
        "weights": np.array([edge.weight for edge in edges]),
    }


def _rows(rows: list[tuple[int, ...]], n_columns: int) -> np.ndarray:
    return np.array(rows, np.int64).reshape(-1, n_columns)


def genome_from_dict(
    settings: Examm, problem: Problem, innovations: Innovations, data: Mapping[str, Any]
) -> Genome:
    """Read what `genome_to_dict` wrote.

    Raises:
        ConfigError: It is no genome that this search can have made.
        KeyError: A value is missing.
        TypeError: A value is of another kind.
        ValueError: A value cannot be.
    """
    at = iter(_numbers(data["cell_weights"]).tolist())
    nodes = []
    rows = np.asarray(data["nodes"], np.int64).reshape(-1, 3).tolist()
    for row, depth, cell in zip(rows, _numbers(data["depths"]), data["cells"], strict=True):
        number, kind, enabled = row
        if cell and cell not in (*settings.cells, problem.output_cell):
            raise ConfigError(f"A saved genome has a node of another cell: {cell!r:.60}.")
        n = len(cell_weights(cell)) if cell else 0
        weights = tuple(islice(at, n))
        if len(weights) < n:
            raise ConfigError("A saved genome has too few weights of cells.")
        nodes.append(NodeGene(number, KINDS[kind], float(depth), cell, bool(enabled), weights))
    edges = [
        EdgeGene(number, source, target, skip, bool(enabled), weight)
        for (number, source, target, skip, enabled), weight in zip(
            np.asarray(data["edges"], np.int64).reshape(-1, 5).tolist(),
            _numbers(data["weights"]).tolist(),
            strict=True,
        )
    ]
    genome = Genome(tuple(nodes), tuple(edges))
    if next(at, None) is not None or not is_legal(genome, settings, problem, innovations):
        raise ConfigError(
            f"A saved genome of {len(nodes)} nodes and {len(edges)} edges is none that the search "
            "can have made."
        )
    return genome


def _numbers(values: Any) -> np.ndarray:
    numbers = np.asarray(values, np.float64).reshape(-1)
    if not (np.abs(numbers) <= np.finfo(np.float32).max).all():
        raise ConfigError("A saved genome has numbers that are not finite.")
    return numbers


def is_legal(genome: Genome, settings: Examm, problem: Problem, innovations: Innovations) -> bool:
    """Say whether a genome is one that a search for a problem can make."""
    n_inputs, n_seed = len(problem.inputs), len(problem.inputs) + len(problem.outputs)
    numbers = [node.number for node in genome.nodes]
    if numbers[:n_seed] != list(range(n_seed)) or not _ascending(numbers):
        return False
    if numbers[-1] >= innovations.n_nodes or not _ascending([e.number for e in genome.edges]):
        return False
    for node in genome.nodes:
        kind = INPUT if node.number < n_inputs else OUTPUT if node.number < n_seed else HIDDEN
        cell = {INPUT: ("",), OUTPUT: (problem.output_cell,), HIDDEN: settings.cells}[kind]
        depth = {INPUT: node.depth == 0, OUTPUT: node.depth == 1, HIDDEN: 0 < node.depth < 1}[kind]
        if node.kind != kind or node.cell not in cell or not depth:
            return False
    known = innovations.links
    return (
        all(node.enabled for node in genome.nodes if node.kind == OUTPUT)
        and all(0 <= e.number < len(known) and known[e.number] == e.link for e in genome.edges)
        and all(_fits(edge, genome, settings.max_skip) for edge in genome.edges)
        and genome.is_whole
    )


def _ascending(numbers: list[int]) -> bool:
    return all(a < b for a, b in pairwise(numbers))


def _fits(edge: EdgeGene, genome: Genome, max_skip: int) -> bool:
    source, target = genome.node.get(edge.source), genome.node.get(edge.target)
    if source is None or target is None or target.kind == INPUT:
        return False
    if edge.skip == FORWARD:
        return source.depth < target.depth
    return 0 < edge.skip <= max_skip
