"""Settings of node evolution (Rawal & Miikkulainen 2018)."""

from __future__ import annotations

from typing import Annotated, Protocol

from annotated_types import Ge, Le

from cellcolony.cells.tree_element import MOST_HEIGHT
from cellcolony.errors import ConfigError
from cellcolony.search.nodes.grammar import GRAMMARS
from cellcolony.settings import OneOf, OneOrMore, Share, ZeroOrMore, settings

MOST_START_HEIGHT = 14
"""The highest full tree that is not too large has 381 elements."""
MOST_THRESHOLD = 1e6
"""Trees of the largest size cannot be as far apart."""


STARTS = ("full", "gated")
"""What the first trees are: the paper's full trees, or gated cells of the literature."""


class Variation(Protocol):
    """What mutations must know: the settings of a search over trees, as far as they vary them.

    Attributes are those of `NodeEvolution`.
    """

    @property
    def insert_rate(self) -> float: ...  # noqa: D102

    @property
    def shrink_rate(self) -> float: ...  # noqa: D102

    @property
    def replace_rate(self) -> float: ...  # noqa: D102

    @property
    def modi_rate(self) -> float: ...  # noqa: D102

    @property
    def most_height(self) -> int: ...  # noqa: D102

    @property
    def grammar(self) -> str: ...  # noqa: D102

    @property
    def bounded(self) -> bool: ...  # noqa: D102


@settings
class NodeEvolution:
    """Genetic programming of recurrent nodes, in species, by generations.

    Attributes:
        population: How many trees are evaluated in each generation.
        generations: How many generations there are, the first trees among them.
        crossover_rate: The chance that an offspring has two parents.
        insert_rate: The chance that a branch is inserted into an offspring.
        shrink_rate: The chance that a branch of an offspring shrinks.
        replace_rate: The chance that an element of an offspring is replaced [ours].
        modi_rate: The chance that a newly made element with a path from a memory leaf is tied to a
            memory output.
        threshold: The distance up to which trees belong to the same species.
        most_active: How many species are evaluated at a time.
        most_inactive: How many wait at most for their turn; of more, the least promising are
            forgotten [ours].
        stagnation: After so many generations in which its best loss did not improve, a species goes
            to the Hall of Shame.
        n_parents: How many of a species' best trees, of all generations, breed [ours].
        tournament: Of so many of them, drawn at random, the best becomes a parent [ours].
        most_tries: After so many vain tries at one offspring a clone of the parent takes its place
            [ours].
        start_height: The height of the first trees; even.
        most_height: The height that a tree may reach.
        bias: Whether base inputs have a bias [ours: the paper does not say].
        grammar: "paper" builds trees of the paper's elements; "gated" has gates between two values,
            the output of the step before, and the two halves of base inputs too [ours].
        starts: "full" begins with the paper's full trees; "gated" with LSTM, GRU, MGU and UGRNN,
            and mutations of them [ours].
        bounded: Whether tanh stands over every root that is not shown to be bounded [ours].

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        Sections 3.1 to 3.3 and 4.3. The paper leaves open how species share a generation: here each
        active one makes equally many offspring [ours].
    """

    population: OneOrMore = 100
    generations: OneOrMore = 30
    crossover_rate: Share = 0.6
    insert_rate: Share = 0.6
    shrink_rate: Share = 0.3
    replace_rate: Share = 0.3
    modi_rate: Share = 0.3
    threshold: Annotated[float, Ge(0), Le(MOST_THRESHOLD)] = 0.3
    most_active: OneOrMore = 10
    most_inactive: ZeroOrMore = 100
    stagnation: OneOrMore = 4
    n_parents: OneOrMore = 10
    tournament: OneOrMore = 2
    most_tries: OneOrMore = 50
    start_height: Annotated[int, Ge(2)] = 6
    most_height: Annotated[int, Ge(2), Le(MOST_HEIGHT)] = 15
    bias: bool = False
    grammar: Annotated[str, OneOf(tuple(GRAMMARS))] = "paper"
    starts: Annotated[str, OneOf(STARTS)] = "full"
    bounded: bool = False

    def __post_init__(self) -> None:
        if self.insert_rate + self.shrink_rate + self.replace_rate == 0:
            raise ConfigError(
                "`insert_rate` must be above 0 where `shrink_rate` and `replace_rate` are 0: no "
                f"tree would ever change. Got {self.insert_rate}."
            )
        start, most = self.start_height, min(self.most_height, MOST_START_HEIGHT)
        if start % 2 or start > most:
            raise ConfigError(
                f"`start_height` must be even, and at most {most}: not above `most_height`. "
                f"Got {start}."
            )
        if self.starts == "gated" and self.grammar == "paper":
            raise ConfigError(
                '`starts` can be "gated" with the grammar "gated" alone: the elements of the paper '
                "cannot say what a GRU is."
            )

    @property
    def n_candidates(self) -> int:
        """How many trees are evaluated in all."""
        return self.population * self.generations

    @property
    def share(self) -> int:
        """How many trees of a generation are an active species' when all places are taken."""
        return max(1, self.population // self.most_active)
