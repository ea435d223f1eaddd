"""From Nodes to Networks (Rawal & Miikkulainen 2018): genetic programming of recurrent nodes.

A node is a *tree* (`cellcolony.cells.tree`). *Variation* is homologous `crossover` and three
mutations: `replace`, `insert` and `shrink`. Trees of similar structure, by their `distance`, form
*species*; selection is separate in each. A species that stagnates goes to the *Hall of Shame*, and
no offspring may belong to it; new species wait *inactive* until there is room.

Source: https://arxiv.org/abs/1803.04439, section 3. What is marked [ours] was decided here because
the paper does not say it.
"""

from cellcolony.search.methods import METHODS, Method, register_guided
from cellcolony.search.nodes.distance import distance
from cellcolony.search.nodes.race import NodeRace
from cellcolony.search.nodes.raced import RacedNodes, RandomNodes, WalkedNodes
from cellcolony.search.nodes.random_trees import RandomTrees, TreeDraw
from cellcolony.search.nodes.search import NodeSearch
from cellcolony.search.nodes.settings import NodeEvolution

METHODS.register("nodes")(
    Method(
        settings=NodeEvolution,
        genome="tree",
        start=NodeSearch.start,
        restore=NodeSearch.from_state,
        begin_with=NodeSearch.begin_with,
        summary="Genetic programming of recurrent nodes, in species.",
        source="Rawal & Miikkulainen 2018",
        n_candidates=lambda settings: settings.n_candidates,
        grows=("generations",),
    )
)
METHODS.register("random-trees")(
    Method(
        settings=RandomTrees,
        genome="tree",
        start=TreeDraw.start,
        restore=TreeDraw.from_state,
        summary="Trees drawn at random and mutated: the control of nodes.",
        source="ours",
        control_of="nodes",
        like=RandomTrees,
        grows=("evolution.generations",),
    )
)

METHODS.register("raced-nodes")(
    Method(
        settings=RacedNodes,
        genome="tree",
        start=NodeRace.start,
        restore=NodeRace.from_state,
        begin_with=NodeRace.begin_with,
        summary="Gated nodes, varied and raced over rungs of training.",
        source="ours; variation: Rawal & Miikkulainen 2018",
        uneven=True,
        efforts=lambda settings: settings.efforts,
    )
)
register_guided(
    "random-raced-nodes",
    "raced-nodes",
    RandomNodes,
    "The same race among random nodes: a control of raced-nodes.",
)
register_guided(
    "walk-raced-nodes",
    "raced-nodes",
    WalkedNodes,
    "The same race, any node becomes a parent: raced-nodes without selection.",
)

__all__ = ["NodeEvolution", "NodeRace", "NodeSearch", "RacedNodes", "RandomTrees", "distance"]
