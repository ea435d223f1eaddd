"""Settings of Ant Swarm Neuro-Evolution (ElSaid, Ororbia & Desell 2020)."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Ge, Gt, Le, Lt

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.search.ants.pheromones import SCHEMES
from cellcolony.search.ants.species import SPECIES
from cellcolony.settings import (
    DISTINCT,
    Known,
    NotNegative,
    OneOf,
    OneOrMore,
    Positive,
    Rule,
    Share,
    Words,
    ZeroOrMore,
    settings,
)

FIXED, PUBLISHED = "fixed", "published"
"""Bounds of the pheromone: the settings' floor and cap, or those that follow the last network of
the population."""
STEADY, WITH_DEPOSITS = "steady", "with_deposits"
"""Evaporation before each new network, as published; or as often as a network deposits [ours].

Good networks become rare as a search goes on. Where pheromone evaporates steadily, a colony has by
then forgotten what it knew, and its choices are as even as at the start.
"""
UNIFORM, FAN_IN = "uniform", "fan_in"
"""First weights from U(-0.5, 0.5), or scaled by the number of edges into the target."""
BY_FUNCTION, NOT_AT_ALL = "function", "none"
"""Weights handed down by where the loss lies between worst and best, or drawn anew for each
network."""
Names = Annotated[tuple[str, ...], Words("a list of one or more names"), Rule(bool, "not be empty")]


@settings
class AntSwarm:
    """A colony of ants that lays out sparse recurrent networks.

    Attributes:
        n_ants: How many ants each species sends to lay out a network; a social one sends half.
        species: Which ants march, by name; social ones in this order, after the others.
        jumping: Whether forward steps, and social ants, may pass over layers.
        pheromone: The pheromone scheme: what a good network deposits.
        weights: How trained weights are handed down: "function" (the better, the more), a constant
            share, or "none" (drawn anew for each network).
        cell_weights: Whether weights inside cells are handed down as well; otherwise each network
            draws its own, as in the authors' program.
        initial_weights: How weights begin that no network has trained yet: "uniform" in
            U(-0.5, 0.5), or "fan_in", scaled by how many edges enter the target.
        cells: The cell types among which each hidden node chooses by pheromone: names of cells, or
            `node:` and the text of a tree, an evolved node. On the command line several may stand
            behind commas, and the run directory of a search for nodes is its best node.
        n_layers: Hidden layers of the superstructure.
        n_nodes_per_layer: Nodes of each hidden layer.
        max_skip: The longest time skip of a recurrent edge.
        self_loops: Whether recurrent edges may lead from a node to itself.
        backward_edges: Whether recurrent edges may lead to another node of the same or an earlier
            layer.
        population: How many networks of a first training are compared, how many of a second one,
            and how many wait for it at most.
        second_training: A good network is trained again, from the weights that it has, for so many
            times the protocol's epochs; 0 for never [ours].
        second_share: The share of all epochs that second trainings take at most, where there are
            any.
        evaporation: When pheromone moves back to its start: "steady", before each new network, or
            "with_deposits", whenever a network deposits.
        evaporation_rate: The part of the way back that it moves each time.
        deposit_rate: The rate of the schemes that deposit by fitness: fitness, l1 and l2; and of
            published bounds.
        penalty: How much the size of a network's weights lowers its deposit: in l1 and l2.
        initial_pheromone: What every choice starts with.
        bounds: Where pheromone ends: "fixed" at the floor and the cap, or "published", which moves
            both with the loss of the last network that entered the population.
        pheromone_floor: The least pheromone of a choice, where bounds are fixed; before the first
            network has entered the population they always are.
        pheromone_cap: The most pheromone of a choice, where bounds are fixed.
        colonies: How many colonies search side by side, each with pheromone and populations of its
            own. They take turns in asking for candidates.
        migrate_after: Whenever each of several colonies has been told of so many candidates, in the
            mean, the pheromone of the one with the best network migrates to the others; 0 for
            never.
        migration_share: The part of a colony's pheromone that then gives way to what arrives.

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        The published settings are the preset "paper". The defaults are those that did best on the
        coal data, on validation (`benchmarks/RESULTS.md`): few ants, deposits by rank, little
        pheromone at the start, evaporation with deposits, weights drawn anew [ours]. Inputs keep
        their columns, weights their own edges, only networks that improve the population change
        the colony, and inputs and outputs draw no memory cells: the authors' program differs in all
        four.
    """

    n_ants: OneOrMore = 16
    species: Annotated[Names, DISTINCT] = ("explorer", "forward_recurrent", "backward_recurrent")
    jumping: bool = True
    pheromone: Annotated[str, Words("a name"), Known(SCHEMES.__getitem__)] = "rank"
    weights: Share | Annotated[str, OneOf((BY_FUNCTION, NOT_AT_ALL))] = "none"
    cell_weights: bool = True
    initial_weights: Annotated[str, OneOf((UNIFORM, FAN_IN))] = "uniform"
    cells: Annotated[Names, DISTINCT] = (
        "simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole",
    )  # fmt: skip
    n_layers: Annotated[int, Ge(0), Le(100)] = 3
    n_nodes_per_layer: OneOrMore = 12
    max_skip: ZeroOrMore = 3
    self_loops: bool = True
    backward_edges: bool = True
    population: OneOrMore = 20
    second_training: ZeroOrMore = 4
    second_share: Annotated[float, Gt(0), Lt(1)] = 0.5
    evaporation: Annotated[str, OneOf((STEADY, WITH_DEPOSITS))] = "with_deposits"
    evaporation_rate: Annotated[float, Gt(0), Le(1)] = 0.05
    deposit_rate: Positive = 0.03
    penalty: NotNegative = 0.65
    initial_pheromone: Positive = 0.1
    bounds: Annotated[str, OneOf((FIXED, PUBLISHED))] = "fixed"
    pheromone_floor: Positive = 0.05
    pheromone_cap: Positive = 20.0
    colonies: Annotated[int, Ge(1), Le(1_000)] = 1
    migrate_after: ZeroOrMore = 20
    migration_share: Share = 0.5

    def __post_init__(self) -> None:
        for name in self.cells:
            cells.get(name)
        floor, cap = self.pheromone_floor, self.pheromone_cap
        if floor > cap:
            raise ConfigError(
                f"`pheromone_floor` must be at most `pheromone_cap`, {cap}. Got {floor}."
            )
        if not floor <= self.initial_pheromone <= cap:
            raise ConfigError(
                f"`initial_pheromone` must be in [{floor}, {cap}], from `pheromone_floor` to "
                f"`pheromone_cap`. Got {self.initial_pheromone}."
            )
        self._check_species()

    def _check_species(self) -> None:
        members = {name: SPECIES[name] for name in self.species}
        if all(species.social for species in members.values()):
            founders = [name for name in SPECIES.names() if not SPECIES[name].social]
            raise ConfigError(
                "`species` must hold one that is not social: social ants move among the nodes that "
                f"others chose. Got {tuple(members)}. Add one of: {', '.join(founders)}."
            )
        stranded = [name for name, species in members.items() if species.needs_backward_edges]
        if stranded and not self.backward_edges:
            raise ConfigError(
                f"`backward_edges` must be true for the species {stranded[0]!r}, which walks over "
                "no others. Got False. Take it out of `species`, or leave `backward_edges` on."
            )
