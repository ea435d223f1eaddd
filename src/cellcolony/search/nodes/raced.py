"""Settings of a race of nodes: evolution that trains its candidates longer, rung by rung [ours]."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from annotated_types import Ge, Le, MinLen

from cellcolony.cells.tree_element import MOST_HEIGHT
from cellcolony.errors import ConfigError
from cellcolony.search.nodes.grammar import GRAMMARS
from cellcolony.search.race import GUIDES, check_niches
from cellcolony.search.rungs import check_rungs
from cellcolony.settings import OneOf, OneOrMore, Share, settings

Effort = Annotated[int, Ge(1), Le(1_000)]


@settings
class RacedNodes:
    """Gated nodes that are varied, and raced over rungs of training.

    It begins with GRU, LSTM, MGU and UGRNN as trees, in the paper's grammar with the LSTM alone. A
    new node is a mutation of one of the best of any rung, or its crossover with another; nodes that
    compute the same are trained once. Who is good on a rung is trained anew, and longer, on the
    next.

    Attributes:
        guide: Who becomes a parent: "elite" the best, "walk" any earlier node whatever its loss,
            "random" none: a node is drawn by mutations of the simplest one.
        grammar: What nodes are made of: see `NodeEvolution`.
        bounded: Whether tanh stands over every root that is not shown to be bounded.
        bias: Whether inputs have a bias.
        immigrant_rate: The chance that a new node has no parent, and is drawn as by "random".
        niches: Whether nodes whose line of parents begins at random race apart from those whose
            line begins with an opener: the best of each go on to the next rung in turn, breed among
            themselves, and have as many offspring.
        crossover_rate: The chance that an offspring has two parents.
        insert_rate: The chance that a branch is inserted into an offspring.
        shrink_rate: The chance that a branch of an offspring shrinks.
        replace_rate: The chance that an element of an offspring is replaced.
        modi_rate: The chance that a newly made element with a path from a memory leaf is tied to a
            memory output.
        most_height: The height that a tree may reach.
        most_inputs: How many base inputs, whole or in halves, a node may read.
        rate_factor: A node's learning rate is the settings' times a factor that begins at 1 and is
            varied with it, from one over this to this.
        efforts: How many times the settings' epochs a node is trained on each rung.
        shares: The share of all training that each rung gets at most; what others leave goes to the
            lowest.
        population: How many of the best nodes of each rung breed.
        tournament: Of so many of them, drawn at random, the best becomes a parent.
        most_tries: After so many vain tries at one offspring another parent is drawn.

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        Ours. Rungs: asynchronous successive halving (Li et al. 2020). Variation: Rawal &
        Miikkulainen 2018, section 3.1.
    """

    guide: Annotated[str, OneOf(GUIDES)] = "elite"
    grammar: Annotated[str, OneOf(tuple(GRAMMARS))] = "gated"
    bounded: bool = True
    bias: bool = True
    immigrant_rate: Share = 0.0
    niches: bool = False
    crossover_rate: Share = 0.3
    insert_rate: Share = 0.5
    shrink_rate: Share = 0.4
    replace_rate: Share = 0.5
    modi_rate: Share = 0.3
    most_height: Annotated[int, Ge(4), Le(MOST_HEIGHT)] = 9
    most_inputs: Annotated[int, Ge(1), Le(8)] = 6
    rate_factor: Annotated[float, Ge(1), Le(100)] = 2.0
    efforts: Annotated[tuple[Effort, ...], MinLen(1)] = (1, 4, 16)
    shares: Annotated[tuple[Share, ...], MinLen(1)] = (0.4, 0.3, 0.3)
    population: OneOrMore = 6
    tournament: OneOrMore = 3
    most_tries: OneOrMore = 50

    def __post_init__(self) -> None:
        if self.insert_rate + self.shrink_rate + self.replace_rate == 0:
            raise ConfigError(
                "`insert_rate` must be above 0 where `shrink_rate` and `replace_rate` are 0: no "
                f"tree would ever change. Got {self.insert_rate}."
            )
        check_rungs(self.efforts, self.shares)
        check_niches(self)


@settings
class WalkedNodes:
    """The same race, and any earlier node becomes a parent: what selection is worth.

    Attributes:
        race: Whose starts, variation, rungs and shares these are.
    """

    race: RacedNodes = RacedNodes()

    @property
    def raced(self) -> RacedNodes:
        """The settings of the race."""
        return replace(self.race, guide="walk")


@settings
class RandomNodes:
    """The same race among random nodes of the same grammar.

    Attributes:
        race: Whose grammar, rungs and shares these are.
    """

    race: RacedNodes = RacedNodes()

    @property
    def raced(self) -> RacedNodes:
        """The settings of the race."""
        return replace(self.race, guide="random")
