"""Settings of EXAMM (Ororbia, ElSaid & Desell 2019)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Annotated

from annotated_types import Ge, Le

from cellcolony import cells
from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.search.examm.mutations import MUTATIONS
from cellcolony.search.examm.repopulations import REPOPULATIONS
from cellcolony.settings import (
    DISTINCT,
    Known,
    NotNegative,
    OneOrMore,
    Rule,
    Share,
    Words,
    settings,
)

NO_REPOPULATION = "none"


def _known_repopulation(name: str) -> object:
    return None if name == NO_REPOPULATION else REPOPULATIONS[name]


@settings
class Examm:
    """Evolution of recurrent networks on islands: EXAMM.

    Attributes:
        n_islands: How many islands there are; they are fed in turn.
        island_size: How many genomes live on each.
        n_mutations: How many mutations a mutated child undergoes. The authors' scripts use 2.
        p_mutation: The probability, once all islands are full, that a child is a mutation.
        p_within: The probability that it is a crossover within its island.
        p_between: The probability that it is a crossover with the best genome of another island.
        rates: How often each mutation is drawn, in proportion, where that is not as published: all
            at 1, `split_edge` at 0. For instance `{"clone": 0}`.
        cells: The cell types among which new hidden nodes choose evenly: names of cells, or `node:`
            and the text of a tree, an evolved node.
        max_skip: The longest time skip of a recurrent edge.
        lamarckian: Whether children start from their parents' trained weights; otherwise each
            network draws its own.
        repopulation: From whom an erased island is populated anew: "best_genome", "best_parents",
            "random_parents", "best_island", or "none" where islands are never erased.
        repopulate_after: After so many evaluations the worst island is erased, if all are full, and
            then again [ours: the number].

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        Ororbia, ElSaid & Desell 2019, and the authors' program. Networks are trained without their
        disabled genes: the authors' program trains most genomes that have some along a wrong
        gradient. A mutation that would cut off an output is not drawn; theirs draws it and discards
        the child.
    """

    n_islands: Annotated[int, Ge(1), Le(1_000)] = 10
    island_size: Annotated[int, Ge(1), Le(10_000)] = 10
    n_mutations: Annotated[int, Ge(1), Le(1_000)] = 1
    p_mutation: Share = 0.7
    p_within: Share = 0.2
    p_between: Share = 0.1
    rates: dict[str, NotNegative] = field(default_factory=dict, hash=False)  # it has no hash
    cells: Annotated[
        tuple[str, ...],
        Words("a list of one or more names"),
        Rule(bool, "not be empty"),
        DISTINCT,
    ] = ("simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole")
    max_skip: Annotated[int, Ge(1), Le(1_000)] = 10
    lamarckian: bool = True
    repopulation: Annotated[str, Words("a name"), Known(_known_repopulation)] = NO_REPOPULATION
    repopulate_after: OneOrMore = 200

    def __post_init__(self) -> None:
        for name in self.cells:
            cells.get(name)
        total = self.p_mutation + self.p_within + self.p_between
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise ConfigError(
                f"`p_mutation`, `p_within` and `p_between` must sum to 1. Got {total:g}."
            )
        known = MUTATIONS.names()
        for name in self.rates:
            if name not in known:
                raise ConfigError(
                    f"`rates` must name mutations: {', '.join(known)}. Got {name!r}."
                    f"{did_you_mean(name, known)}"
                )
        if not sum(self.mutation_rates.values()):
            raise ConfigError("`rates` must leave one mutation above 0. Got 0 for all.")
        if self.repopulation != NO_REPOPULATION:
            least = 1 + REPOPULATIONS[self.repopulation].n_others
            if self.n_islands < least:
                raise ConfigError(
                    f"`n_islands` must be at least {least} where `repopulation` is "
                    f"{self.repopulation!r}. Got {self.n_islands}."
                )

    @property
    def mutation_rates(self) -> Mapping[str, float]:
        """The rate of every mutation that can be drawn, by name."""
        rates = {name: self.rates.get(name, MUTATIONS[name].rate) for name in MUTATIONS.names()}
        return {name: rate for name, rate in rates.items() if rate > 0}
