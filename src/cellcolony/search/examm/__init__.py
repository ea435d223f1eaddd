"""EXAMM (Ororbia, ElSaid & Desell 2019): evolution of recurrent networks on islands.

A *genome* holds nodes at real depths and edges, as genes with *innovation numbers* that can be
disabled. *Mutations* and *crossovers* make a child for one *island* after the other, as workers
become free; it starts from its parents' trained weights, and enters its island if it is good
enough. An island that falls behind may be erased and *repopulated*.

What is marked [ours] was decided here because neither the papers nor the authors' program, as far
as we know them, say it.
"""

from cellcolony.search.examm.random_mutations import MutationChains, RandomMutations
from cellcolony.search.examm.search import ExammSearch
from cellcolony.search.examm.settings import Examm
from cellcolony.search.methods import METHODS, Method

METHODS.register("examm")(
    Method(
        settings=Examm,
        genome="network",
        start=ExammSearch.start,
        restore=ExammSearch.from_state,
        begin_with=ExammSearch.begin_with,
        summary="Mutations and crossovers of recurrent networks, on islands.",
        source="Ororbia, ElSaid & Desell 2019",
        title="EXAMM",
        cells=lambda settings: settings.cells,
    )
)
METHODS.register("random-examm")(
    Method(
        settings=RandomMutations,
        genome="network",
        start=MutationChains.start,
        restore=MutationChains.from_state,
        summary="Networks made by random mutations: the control of examm.",
        source="ours",
        control_of="examm",
        like=RandomMutations,
        cells=lambda settings: settings.examm.cells,
    )
)

__all__ = ["Examm", "ExammSearch", "MutationChains", "RandomMutations"]
