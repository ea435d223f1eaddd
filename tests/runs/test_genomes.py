"""Both kinds of genome: in the journal, the checkpoint and the front, and for whoever watches."""

import json

import numpy as np
import pytest

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_text import parse
from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import GenomeError
from cellcolony.judges.full import PassOn
from cellcolony.judges.saved import plain_genome, read_genome
from cellcolony.networks.genome import Network
from cellcolony.runs.bookkeeping import Bookkeeping, Front
from cellcolony.runs.events import Champion, Told
from cellcolony.runs.genomes import check_fits, size_of
from cellcolony.runs.journal import asked_line, done_line, evaluation_of
from cellcolony.runs.ledger import Ledger
from cellcolony.store.encoding import decode, encode
from tests.runs.fakes import FakeSearch, small_network

TREE = Tree(parse("mul(sigmoid(z0), tanh(add(c, z1)>c))"))
GENOMES = pytest.mark.parametrize(
    "genome", [small_network(n_hidden=2), TREE], ids=["network", "tree"]
)


def succeeded(genome, loss=0.5):
    weights = np.zeros(genome.n_all_weights, np.float32) if isinstance(genome, Network) else None
    return Evaluation.succeeded(loss, weights, (1.0, loss), 0.25, 10)


@GENOMES
def test_a_genome_stands_under_its_kind_and_is_read_again(genome):
    line = json.loads(json.dumps(asked_line(Candidate(0, genome), 0)))
    assert {one for one in ("network", "tree") if one in line} == {genome.kind}
    assert line[genome.kind] == genome.to_dict()
    saved = decode(*encode(plain_genome(genome)))
    assert read_genome(genome.kind, saved).to_dict() == genome.to_dict()
    with pytest.raises(KeyError):
        read_genome({"network": "tree", "tree": "network"}[genome.kind], saved)


@GENOMES
def test_a_ledger_with_candidates_that_are_out_goes_through_files(genome):
    out = {n: Candidate(n, genome) for n in range(3)}
    ledger = Ledger(FakeSearch(), PassOn(), 1, out, open=dict(out), n_asked=3)
    ledger.arrive(0, succeeded(genome))
    ledger.arrive(1, Evaluation.failed("it diverged"))
    saved = decode(*encode(ledger.to_dict()))
    search = FakeSearch()
    search.out = {0, 1, 2}
    again = Ledger.from_dict(search, PassOn(), 1, saved)
    assert [one.number for one in again.unjudged] == [2]
    assert again.out[2].genome.to_dict() == genome.to_dict()
    assert done_line(0, again.arrived[0]) == done_line(0, ledger.arrived[0])
    assert again.arrived[1].failure == "it diverged"


@GENOMES
def test_a_front_goes_through_files(genome):
    books = Bookkeeping()
    books.emit(Told(Candidate(4, genome), succeeded(genome)))
    saved = decode(*encode(books.to_dict()))
    (champion,) = Bookkeeping.from_dict(genome.kind, saved).front
    assert (champion.number, champion.loss, champion.size) == (4, 0.5, size_of(genome))
    assert champion.genome.to_dict() == genome.to_dict()


def test_the_size_of_a_network_is_its_weights_and_that_of_a_tree_its_elements():
    assert size_of(small_network(n_hidden=2)) == small_network(n_hidden=2).n_weights
    assert size_of(TREE) == TREE.n_elements == 7


def test_the_front_keeps_the_best_tree_of_each_size():
    small = Tree(parse("tanh(z0)"))
    front = Front()
    assert front.add(Champion(0, TREE, 4.0))
    assert front.add(Champion(1, small, 5.0))
    assert not front.add(Champion(2, small, 5.0))
    assert front.add(Champion(3, small, 3.0))
    assert [champion.number for champion in front] == [3]


def test_a_success_without_weights_is_one_for_a_tree_and_none_for_a_network():
    without = Evaluation.succeeded(0.5, None, (0.5,))
    line = done_line(0, without)
    assert "weights" not in line
    assert "failure" not in line
    assert (evaluation_of(line).loss, evaluation_of(line).weights) == (0.5, None)
    check_fits(TREE, without)
    with pytest.raises(GenomeError, match=r"must have shape \(9,\). Got None"):
        check_fits(small_network(n_hidden=2), without)
    with pytest.raises(GenomeError, match=r"must have shape None. Got \(9,\)"):
        check_fits(TREE, succeeded(small_network(n_hidden=2)))
    check_fits(TREE, Evaluation.failed("it diverged"))


def test_a_line_of_a_network_without_weights_cannot_arrive():
    network = small_network()
    ledger = Ledger(FakeSearch(), PassOn(), 1, {0: Candidate(0, network)}, n_asked=1)
    with pytest.raises(GenomeError, match="trained weights"):
        ledger.arrive(0, Evaluation.succeeded(0.5, None))
