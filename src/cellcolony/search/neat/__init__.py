"""NeuroEvolution of Augmenting Topologies (Stanley & Miikkulainen 2002): NEAT, recurrent.

A *genome* lists links, each with an *innovation* number by which genomes are aligned. Genomes grow
from a minimal start by *mutations*; *crossover* aligns two of them; *species* of similar genomes,
by their *distance*, share their fitness. There is no gradient: weights are evolved, and the judge
`evaluate` scores each network as it is.

Sources: Stanley & Miikkulainen, Evolutionary Computation 10(2), 2002; parameters of the recurrent
experiments of the same authors, JAIR 21, 2004, appendix A. What is marked [ours] was decided here
because neither paper says it.
"""

from cellcolony.search.methods import METHODS, Method
from cellcolony.search.neat.genome import Genome, Layout
from cellcolony.search.neat.phenotype import CELL, express
from cellcolony.search.neat.search import NeatSearch
from cellcolony.search.neat.settings import Neat

METHODS.register("neat")(
    Method(
        settings=Neat,
        genome="network",
        start=NeatSearch.start,
        restore=NeatSearch.from_state,
        summary="Networks and their weights evolve from a minimal start, in species.",
        source="Stanley & Miikkulainen 2002",
        cells=lambda settings: (CELL,),
        n_candidates=lambda settings: settings.n_candidates,
        grows=("generations",),
        judge="evaluate",
        title="NEAT",
        evaluations=10.0,
    )
)

__all__ = ["Genome", "Layout", "Neat", "NeatSearch", "express"]
