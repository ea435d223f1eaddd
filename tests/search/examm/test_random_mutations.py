"""The control: the same mutations, and nobody judged."""

import numpy as np
import pytest

from cellcolony.contract import Evaluation
from cellcolony.search.examm import Examm, MutationChains, RandomMutations
from cellcolony.search.methods import control_of
from tests.search.examm.genomes import PROBLEM, rng

EXAMM = Examm(n_mutations=2, cells=("simple", "gru"), max_skip=2)


def started() -> MutationChains:
    return MutationChains.start(RandomMutations(EXAMM), PROBLEM, rng())


def test_it_is_the_control_of_examm():
    assert control_of(EXAMM) == RandomMutations(EXAMM)


def test_a_network_depends_on_its_number_and_stream_alone():
    told, untold = started(), started()
    for number in range(5):
        told.tell(number, Evaluation.succeeded(0.1, told.ask(number, rng(number)).genome.weights))
    a, b = told.ask(7, rng(7)).genome, untold.ask(7, rng(7)).genome
    assert a.to_dict() == b.to_dict()
    assert a.weights is not None
    assert b.weights is not None
    assert np.array_equal(a.weights, b.weights)


def test_networks_are_whole_and_chains_as_long_as_of_ancestors_drawn_evenly():
    search, steps = started(), []
    for number in (0, *range(1000, 1300)):
        candidate = search.ask(number, rng(number))
        assert candidate.genome.live
        assert candidate.genome.recurrent_edges[:, 2].max(initial=1) <= 2
        steps.append(len(candidate.how["operations"]) / 2)
    assert steps[0] == 1
    expected = sum(1 / n for n in range(1, 1151))  # of a random recursive tree: the harmonic number
    assert abs(np.mean(steps[1:]) - expected) < 4 * (expected / 300) ** 0.5


def test_what_is_out_is_known_told_once_and_kept():
    search = started()
    for number in range(3):
        search.ask(number, rng(number))
    search.tell(1, Evaluation.failed("it diverged"))
    with pytest.raises(KeyError, match="never asked, or was told before"):
        search.tell(1, Evaluation.failed("it diverged"))
    restored = MutationChains.from_state(RandomMutations(EXAMM), PROBLEM, search.state())
    assert set(restored.pending) == {0, 2}
    with pytest.raises(ValueError, match="count that cannot be"):
        MutationChains.from_state(RandomMutations(EXAMM), PROBLEM, {"pending": [-1]})
