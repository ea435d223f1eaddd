"""The seed genome: every input linked to every output, and no hidden node."""

from __future__ import annotations

import numpy as np

from cellcolony.contract import Problem
from cellcolony.search.examm.genome import (
    FORWARD,
    INPUT,
    OUTPUT,
    EdgeGene,
    Genome,
    Link,
    NodeGene,
)
from cellcolony.search.examm.innovations import Innovations
from cellcolony.search.examm.new_weights import drawn_anew


def seed_innovations(problem: Problem) -> Innovations:
    """Return the numbers of a search that begins: inputs and outputs in the data's order."""
    return Innovations(len(problem.inputs) + len(problem.outputs), seed_links(problem))


def seed_genome(problem: Problem, rng: np.random.Generator) -> Genome:
    """Return the genome that all others descend from, with weights of its own."""
    n_inputs, n_outputs = len(problem.inputs), len(problem.outputs)
    inputs = [NodeGene(i, INPUT, 0.0, "", True) for i in range(n_inputs)]
    outputs = [
        NodeGene(n_inputs + i, OUTPUT, 1.0, problem.output_cell, True) for i in range(n_outputs)
    ]
    edges = [EdgeGene(number, *link, True, 0.0) for number, link in enumerate(seed_links(problem))]
    return drawn_anew(Genome((*inputs, *outputs), tuple(edges)), rng)


def seed_links(problem: Problem) -> list[Link]:
    """Return what the edges of the seed genome link, in the order of their numbers."""
    n_inputs, n_outputs = len(problem.inputs), len(problem.outputs)
    return [Link(i, n_inputs + o, FORWARD) for i in range(n_inputs) for o in range(n_outputs)]
