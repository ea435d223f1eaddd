"""Time one generation of node evolution: 100 offspring beside 200 species in the Hall of Shame.

Run `python benchmarks/generation.py [n_generations] [n_shamed]`, or with `--quick` to see whether
it runs. The aim is below 1 s, at best 0.1
s: variation, distances, species, and what makes trees new. Training takes no part: losses are
drawn. An evolution runs to its last generation first, so that trees have the size that they reach
and as many species wait as may; then stagnated species are added until the hall is full, half of
them near to trees of the population, where most offspring would fall.
"""

import sys
import time
from collections import Counter
from dataclasses import replace

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.search.nodes import NodeEvolution, NodeSearch
from cellcolony.search.nodes.distance import branches, n_shared
from cellcolony.search.nodes.species import Species
from cellcolony.search.nodes.variation import mutated_once
from cellcolony.seeds import rng_for

GROWN = 30
"""Generations before those that are timed."""


def main(n_generations: int = 10, n_shamed: int = 200, grown: int = GROWN) -> None:
    """Print what a generation takes."""
    settings = NodeEvolution(generations=grown + n_generations + 1)
    search = NodeSearch.start(settings, Problem(), rng_for(1, -1, "start"))
    losses = rng_for(1, -1, "losses")
    number = run_generations(search, grown, 0, losses)
    seconds, vain, sizes = [], Counter[str](), []
    for _ in range(n_generations):
        fill_hall(search, n_shamed)
        n_shared.cache_clear()  # nothing is remembered but what the generation itself compared
        branches.cache_clear()
        rng = rng_for(1, number, "ask")
        began = np.array([time.perf_counter(), time.thread_time()])
        candidate = search.ask(number, rng)
        seconds.append(np.array([time.perf_counter(), time.thread_time()]) - began)
        assert isinstance(candidate, Candidate)
        vain.update(candidate.how["vain"])
        search.tell(number, Evaluation(3 + losses.random(), None))
        sizes += [one.offspring.tree.n_elements for one in search.queue]
        for one in search.queue:
            vain.update(one.offspring.vain)
        number = run_generations(search, 0, number + 1, losses)
    speciation = search.speciation
    wall, processor = 1000 * np.array(seconds).T
    print(
        f"{settings.population} offspring of {np.mean(sizes):.0f} elements on average, the largest "
        f"of {max(sizes)}; {len(speciation.active)} active species, "
        f"{len(speciation.waiting.species)} inactive, {len(speciation.hall.fallen)} in the Hall of "
        f"Shame\none generation, of {n_generations}: median {np.median(wall):.0f} ms, fastest "
        f"{wall.min():.0f}, slowest {wall.max():.0f}; processor {np.median(processor):.0f} ms\n"
        f"vain tries in all: {dict(vain)}"
    )


def run_generations(
    search: NodeSearch, n_more: int, number: int, losses: np.random.Generator
) -> int:
    """Ask and tell what is left of this generation, then so many more; return the next number."""
    last = search.generation + n_more
    while search.queue or search.generation < last:
        search.ask(number, rng_for(1, number, "ask"))
        search.tell(number, Evaluation(3 + losses.random(), None))
        number += 1
    return number


def fill_hall(search: NodeSearch, n_shamed: int) -> None:
    """Let species stagnate that were never there: every second one near to the population."""
    speciation, rng = search.speciation, rng_for(2, search.generation, "hall")
    trees = [member.tree for species in speciation.active for member in species.members]
    while len(speciation.hall.fallen) < n_shamed:
        tree = trees[rng.integers(len(trees))]
        n_steps = 6 if len(speciation.hall.fallen) % 2 else 40
        founder = stepped(search, tree, n_steps, rng)
        if speciation.hall.holds(founder, search.settings.threshold):
            continue
        shamed = Species(speciation.n_founded, founder)
        speciation.n_founded += 1
        speciation.hall = speciation.hall.with_species([shamed])


def stepped(search: NodeSearch, tree: Tree, n_steps: int, rng: np.random.Generator) -> Tree:
    """Mutate a tree so often."""
    settings = replace(search.settings, replace_rate=0.0)
    for _ in range(n_steps):
        tree, _ = mutated_once(tree, settings, rng)
    return tree


if __name__ == "__main__":
    if sys.argv[1:] == ["--quick"]:
        main(1, 2, grown=1)
    else:
        main(*map(int, sys.argv[1:]))
