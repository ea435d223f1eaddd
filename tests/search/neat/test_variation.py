"""Genomes, their mutations, crossover and distance."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.errors import GenomeError
from cellcolony.search.neat import Genome, Neat, express
from cellcolony.search.neat.crossover import crossover
from cellcolony.search.neat.distance import distance
from cellcolony.search.neat.innovations import Innovations
from cellcolony.search.neat.mutations.add_link import add_link
from cellcolony.search.neat.mutations.add_node import add_node
from cellcolony.search.neat.mutations.weights import mutate_weights
from tests.search.neat.evolving import LAYOUT, grown, rng, start

genomes = st.builds(grown, st.integers(0, 10_000), st.integers(0, 12))


def kept(genome: Genome):
    return {name: array.copy() for name, array in genome.to_dict().items()}


def same(one, other):
    return all(np.array_equal(one[name], other[name]) for name in one)


def genome_of(numbers, weights, enabled=None):
    ends = [(0, 4 + number) for number in numbers]
    return Genome(
        np.array(numbers), np.array(ends), np.array(weights),
        np.ones(len(numbers), bool) if enabled is None else np.array(enabled),
    )  # fmt: skip


@given(genomes, st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_every_mutation_gives_a_legal_genome_and_leaves_the_parent_as_it_was(genome, seed):
    before, last = kept(genome), int(genome.numbers[-1])
    innovations = Innovations(last + 1, int(genome.node_ids[-1]) + 1)
    for child in (
        mutate_weights(genome, Neat(), rng(seed)),
        add_link(genome, LAYOUT, innovations, Neat(), rng(seed)),
        add_node(genome, LAYOUT, innovations, rng(seed)),
    ):
        if child is None:
            continue
        assert same(before, kept(genome))
        assert same(kept(Genome.from_dict(child.to_dict(), LAYOUT)), kept(child))
        network = express(child, LAYOUT)
        assert len(network.edges) + len(network.recurrent_edges) <= int(child.enabled.sum())
        assert len(child) - len(genome) in (0, 1, 2)


def test_a_split_link_is_disabled_and_the_new_ones_have_weight_one_and_the_old_weight():
    genome = start()
    child = add_node(genome, LAYOUT, Innovations.start(LAYOUT), rng())
    assert child is not None
    (split,) = np.flatnonzero(genome.enabled & ~child.enabled[: len(genome)])
    (source, node), (other, target) = child.ends[-2:].tolist()
    assert node == other == LAYOUT.first_hidden
    assert [source, target] == genome.ends[split].tolist()
    assert child.weights[-2:].tolist() == [1.0, genome.weights[split]]


def test_a_genome_that_has_every_link_gets_no_other():
    genome, innovations = start(), Innovations.start(LAYOUT)
    n = 0
    while (more := add_link(genome, LAYOUT, innovations, Neat(), rng(n))) is not None:
        genome, n = more, n + 1
    assert n == len(LAYOUT.outputs) ** 2  # self-loops, and both ways between the two outputs


def test_equal_mutations_of_one_generation_share_their_numbers_and_later_ones_do_not():
    innovations = Innovations.start(LAYOUT)
    one, other = (add_node(start(), LAYOUT, innovations, rng(5)) for _ in range(2))
    assert one is not None
    assert other is not None
    assert one.numbers.tolist() == other.numbers.tolist()
    assert one.ends.tolist() == other.ends.tolist()
    innovations.begin_generation()
    later = add_node(start(), LAYOUT, innovations, rng(5))
    assert later is not None
    assert later.numbers[-1] > one.numbers[-1]
    assert later.ends[-1, 0] == one.ends[-1, 0] + 1


def test_the_distance_counts_excess_and_disjoint_genes_and_the_mean_difference_of_weights():
    one = genome_of([0, 1, 3, 4], [1.0, 2.0, 0.0, 0.0])
    other = genome_of([0, 1, 2, 6, 7], [1.5, 0.5, 0.0, 0.0, 0.0])
    # 6 and 7 are excess; 2, 3 and 4 disjoint; matching weights differ by 0.5 and 1.5.
    assert distance(one, other, Neat()) == pytest.approx(2 + 3 + 2 * 1.0)
    weighted = Neat(excess_weight=10, disjoint_weight=0, difference_weight=0)
    assert distance(one, other, weighted) == pytest.approx(20)


@given(genomes, genomes)
@settings(max_examples=30, deadline=None)
def test_distance_is_symmetric_and_zero_to_itself(one, other):
    assert distance(one, other, Neat()) == pytest.approx(distance(other, one, Neat()))
    assert distance(one, one, Neat()) == 0


def test_a_child_has_the_fitter_parents_links_and_matching_weights_of_either_or_their_mean():
    fitter = genome_of([0, 1, 3], [1.0, 1.0, 1.0])
    other = genome_of([0, 1, 2], [3.0, 3.0, 3.0])
    apart = [crossover(fitter, other, Neat(average_rate=0), rng(i)) for i in range(40)]
    assert all(child.numbers.tolist() == [0, 1, 3] for child in apart)
    assert {tuple(child.weights) for child in apart} == {
        (a, b, 1.0) for a in (1.0, 3.0) for b in (1.0, 3.0)
    }
    mean = crossover(fitter, other, Neat(average_rate=1), rng())
    assert mean.weights.tolist() == [2.0, 2.0, 1.0]


def test_a_gene_that_is_disabled_in_a_parent_is_disabled_in_three_quarters_of_the_children():
    fitter = genome_of([0, 1, 2], [1.0] * 3, [True, False, True])
    other = genome_of([0, 1, 2], [1.0] * 3, [False, True, True])
    enabled = np.mean(
        [crossover(fitter, other, Neat(), rng(i)).enabled for i in range(2000)], axis=0
    )
    assert enabled[:2] == pytest.approx([0.25, 0.25], abs=0.04)
    assert enabled[2] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"numbers": [1, 1, 2]}, "must rise"),
        ({"numbers": [-1, 1, 2]}, "must rise"),
        ({"ends": [[0, 4], [0, 4], [0, 5]]}, "stands twice"),
        ({"ends": [[0, 4], [0, -4], [0, 5]]}, "id cannot be"),
        ({"ends": [[0, 4], [0, 1], [0, 5]]}, "an input or to the bias"),
        ({"weights": [np.nan, 0, 0]}, "must be within"),
        ({"weights": [0, 0]}, "equally many"),
    ],
)
def test_a_saved_genome_that_cannot_be_is_refused(change, message):
    sound = genome_of([0, 1, 2], [1.0] * 3).to_dict()
    Genome.from_dict(sound, LAYOUT)
    with pytest.raises(GenomeError, match=message):
        Genome.from_dict({**sound, **{key: np.array(one) for key, one in change.items()}}, LAYOUT)
