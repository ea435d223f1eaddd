"""From Nodes to Networks (Rawal & Miikkulainen 2018): genetic programming of recurrent nodes.

A node is a *tree* (`cellcolony.cells.tree`). *Variation* is homologous `crossover` and three
mutations: `replace`, `insert` and `shrink`. Trees of similar structure, by their `distance`, form
*species*; selection is separate in each. A species that stagnates goes to the *Hall of Shame*, and
no offspring may belong to it; new species wait *inactive* until there is room.

Source: https://arxiv.org/abs/1803.04439, section 3. What is marked [ours] was decided here because
the paper does not say it.
"""

from cellcolony.search.nodes.distance import distance
from cellcolony.search.nodes.evolution import NodeEvolution
from cellcolony.search.nodes.random_trees import RandomTrees
from cellcolony.search.nodes.search import NodeSearch

__all__ = ["NodeEvolution", "NodeSearch", "RandomTrees", "distance"]
