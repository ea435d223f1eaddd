"""Settings of NEAT (Stanley & Miikkulainen 2002)."""

from __future__ import annotations

from typing import Annotated

from annotated_types import Gt, Le

from cellcolony.settings import NotNegative, OneOrMore, Positive, Share, settings


@settings
class Neat:
    """Networks and their weights evolve together, in species, by generations.

    Attributes:
        population: How many networks are evaluated in each generation.
        generations: How many generations there are, the first networks among them; None for no
            end. As many as ten times the 2,000 networks of ASNE's runs make [ours].
        add_node_rate: The chance that a link of an offspring is split by a new node.
        add_link_rate: The chance that an offspring gets a new link, forward or recurrent.
        weights_rate: The chance that an offspring's weights mutate.
        new_weight_rate: The share of those weights that are drawn anew; the others are perturbed.
        perturbation: Weights are perturbed by numbers from U(-perturbation, perturbation) [ours].
        weight_range: New weights are drawn from U(-weight_range, weight_range) [ours].
        mutation_only_rate: The chance that an offspring has one parent alone.
        interspecies_rate: The chance that the second parent is of another species.
        average_rate: The chance that a crossover takes the mean of matching weights, not one of
            them.
        disabled_rate: The chance that a gene is disabled that is disabled in a parent.
        excess_weight: c1, what an excess gene adds to the distance of two genomes.
        disjoint_weight: c2, what a disjoint gene adds to it.
        difference_weight: c3, what the mean difference of matching weights adds to it.
        threshold: The distance up to which genomes belong to the same species, at the start.
        threshold_step: By how much it changes in a generation with more or fewer species than
            there should be [ours].
        n_species: How many species there should be.
        stagnation: Of the species older than so many generations the worst does not breed.
        champions_from: The best of a species of so many networks goes on unchanged.
        survival: The share of a species' best networks that breed [ours].

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        Stanley & Miikkulainen 2004, appendix A.
    """

    population: OneOrMore = 256
    generations: OneOrMore | None = 78
    add_node_rate: Share = 0.01
    add_link_rate: Share = 0.1
    weights_rate: Share = 0.8
    new_weight_rate: Share = 0.1
    perturbation: Positive = 0.5
    weight_range: Positive = 1.0
    mutation_only_rate: Share = 0.25
    interspecies_rate: Share = 0.05
    average_rate: Share = 0.4
    disabled_rate: Share = 0.75
    excess_weight: NotNegative = 1.0
    disjoint_weight: NotNegative = 1.0
    difference_weight: NotNegative = 2.0
    threshold: Positive = 3.0
    threshold_step: Positive = 0.3
    n_species: OneOrMore = 10
    stagnation: OneOrMore = 30
    champions_from: OneOrMore = 6
    survival: Annotated[float, Gt(0), Le(1)] = 0.2

    @property
    def n_candidates(self) -> int | None:
        """How many networks are evaluated in all; None for no end."""
        return None if self.generations is None else self.population * self.generations
