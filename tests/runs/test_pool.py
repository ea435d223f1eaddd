from functools import partial

import numpy as np
import pytest

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.errors import RunError
from cellcolony.networks.builders import elman
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Done
from cellcolony.runs.journal import Journal
from cellcolony.runs.ledger import Order
from cellcolony.runs.pool import MOST_POOLED, Pool, pool_of_journal
from tests.cells.trees import tree
from tests.runs import settings

NAMES = {"input_names": ("wave", "other"), "output_names": ("wave",)}


def network(width, value=0.1):
    built = elman(2, 1, width=width, output_cell="linear", **NAMES)
    return built.with_weights(np.full(built.n_all_weights, value))


def events(*told):
    """Return what happens to candidates: loss, width, and what `Candidate` has otherwise."""
    found = []
    for number, (loss, width, *more) in enumerate(told):
        one = network(width)
        candidate = Candidate(number, one, *more)
        weights = np.full(one.n_all_weights, 1 + number, np.float32)
        verdict = Evaluation.failed("diverged") if loss is None else Evaluation.succeeded(
            loss, weights)  # fmt: skip
        found.append((Asked(candidate), Done(candidate, verdict)))
    return found


def pool(*told, order: Order = "arrival", budget=None, arrive=None):
    own = Pool(order, budget or Budget())
    happened = events(*told)
    for asked, _ in happened:
        own.observe(asked)
    for number in range(len(told)) if arrive is None else arrive:
        own.observe(happened[number][1])
    return own


def numbers(own, n=MOST_POOLED):
    return [one.number for one in own.best(n)]


def test_the_best_come_first_and_failures_not_at_all():
    own = pool((0.3, 1), (None, 2), (0.1, 3), (0.2, 4))
    assert numbers(own) == [2, 3, 0]
    assert numbers(own, 2) == [2, 3]
    best = own.best(1)[0]
    assert best.loss == 0.1
    np.testing.assert_array_equal(best.network.weights, np.full(best.network.n_all_weights, 3))


def test_niches_take_turns_where_asked_and_the_best_of_all_comes_first():
    niches = "aabbcab"
    told = [(0.1 * (1 + n), 1 + n, (), {"niche": name}) for n, name in enumerate(niches)]
    own = pool(*told)
    assert numbers(own) == list(range(len(niches)))
    assert [one.number for one in own.best(MOST_POOLED, in_turn=True)] == [0, 2, 4, 1, 3, 5, 6]
    assert [one.number for one in own.best(2, in_turn=True)] == [0, 2]


def test_a_niche_has_its_turn_even_where_many_others_are_better():
    told = [(0.001 * (1 + n), 1, (), {"niche": "a"}) for n in range(MOST_POOLED + 20)]
    own = pool(*told, (0.9, 2, (), {"niche": "b"}))
    assert [one.number for one in own.best(2, in_turn=True)] == [0, MOST_POOLED + 20]


def test_without_niches_turns_change_nothing():
    own = pool((0.3, 1), (0.1, 2), (0.2, 3))
    assert [one.number for one in own.best(3, in_turn=True)] == numbers(own) == [1, 2, 0]


def test_behind_some_of_a_family_its_others_wait_for_other_families():
    told = [(0.1, 1), (0.2, 2, (0,)), (0.3, 3, (1, 5)), (0.4, 4, (2,)), (0.5, 5), (0.6, 6, (4, 0))]
    own = pool(*told)
    assert numbers(own) == [0, 1, 2, 3, 4, 5]
    for most, expected in (
        (1, [0, 4, 1, 2, 3, 5]),
        (2, [0, 1, 4, 5, 2, 3]),
        (9, [0, 1, 2, 3, 4, 5]),
    ):
        assert [one.number for one in own.best(9, of_a_family=most)] == expected
    assert [one.number for one in own.best(2, of_a_family=1)] == [0, 4]


def test_of_one_family_alone_as_many_are_taken_as_there_are():
    own = pool((0.3, 1), (0.2, 2, (0,)), (0.1, 3, (1,)))
    assert [one.number for one in own.best(3, of_a_family=1)] == [2, 1, 0]


@pytest.mark.parametrize("how", [{"trained_again": 0}, {"promoted": 0}])
def test_of_a_network_that_is_trained_again_the_best_training_alone_is_taken(how):
    assert numbers(pool((0.3, 1), (0.2, 1, (), how), (0.4, 2))) == [1, 2]
    assert numbers(pool((0.2, 1), (0.3, 1, (), how), (0.4, 2))) == [0, 2]


def test_a_child_with_the_structure_of_a_parent_is_of_its_line():
    assert numbers(pool((0.3, 1), (0.5, 2), (0.2, 1, (1, 0)), (0.1, 1, (2,)))) == [3, 1]


def test_a_child_of_another_structure_and_a_stranger_of_the_same_are_not():
    assert numbers(pool((0.3, 1), (0.2, 2, (0,)), (0.1, 1))) == [2, 1, 0]


def test_of_equal_networks_the_first_alone_is_taken():
    own = Pool("arrival", Budget())
    for number in range(2):
        candidate = Candidate(number, network(2))
        own.observe(Asked(candidate))
        own.observe(Done(candidate, Evaluation.succeeded(0.1, candidate.genome.weights)))
    assert numbers(own) == [0]


def test_a_training_that_was_cut_short_does_not_count():
    ((asked, done),) = events((0.1, 1))
    own = Pool("arrival", Budget())
    own.observe(asked)
    own.observe(Done(done.candidate, done.evaluation, cut_short=True))
    assert numbers(own) == []


def test_in_strict_order_nobody_counts_after_the_one_that_ended_the_search():
    told = [(0.5, 1), (0.1, 2), (0.05, 3)]
    own = partial(pool, *told, order="strict", budget=Budget(loss=0.2))
    assert numbers(own()) == numbers(own(arrive=(2, 0, 1))) == [1, 0]
    assert numbers(pool(*told, budget=Budget(loss=0.2))) == [2, 1, 0]


def test_of_many_the_best_are_kept():
    losses = np.random.default_rng(0).permutation(1_200) / 1_200
    own = pool(*((loss, 1 + i % 3) for i, loss in enumerate(losses.tolist())))
    assert numbers(own) == np.argsort(losses)[:MOST_POOLED].tolist()


@pytest.fixture
def problem(read):
    return settings.forecast(read).config.problem


@pytest.fixture
def journal(tmp_path):
    def written(*told):
        book = Journal(tmp_path / "journal.jsonl")
        for event in [event for pair in events(*told) for event in pair]:
            book.observe(event)
        book.close()
        return tmp_path / "journal.jsonl"

    return written


def test_a_journal_gives_the_same_pool(journal, problem):
    told = [(0.3, 1), (0.2, 2, (0,)), (None, 3), (0.1, 1, (0,)), (0.4, 2, (), {"trained_again": 1})]
    own = pool_of_journal(journal(*told), problem, "arrival", Budget())
    expected = pool(*told).best(10)
    assert [one[:2] for one in own.best(10)] == [one[:2] for one in expected]
    for one, other in zip(own.best(10), expected, strict=True):
        assert one.network.to_dict() == other.network.to_dict()
        np.testing.assert_array_equal(one.network.weights, other.network.weights)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('"weights": "', '"weights": "AAAA', "candidate 1 cannot be read"),
        ('"name": "other"', '"name": "third"', "the network has the columns"),
        ('"loss": 0.2', '"loss": -1', "candidate 1 done: the line is invalid"),
        ('"parents": [0]', '"parents": [[]]', "candidate 1 asked: the line is invalid"),
        ('"number": 1, "loss"', '"number": 9, "loss"', "candidate 9 done: the line is invalid"),
    ],
)
def test_what_somebody_else_wrote_is_checked(journal, problem, before, after, message):
    path = journal((0.3, 1), (0.2, 2, (0,)))
    lines = path.read_text().splitlines()
    assert any(before in line for line in lines[2:])
    changed = [line.replace(before, after) for line in lines[2:]]
    path.write_text("\n".join([*lines[:2], *changed]) + "\n")
    with pytest.raises(RunError, match=message):
        pool_of_journal(path, problem, "arrival", Budget()).best(5)


def test_nodes_are_pooled_too_at_their_own_rates(tmp_path):
    texts = ["tanh(z0)", "tanh(add(z0, z1))", "gate(z0, h, tanh(z1))", "tanh(z0)"]
    own, losses = Pool("arrival", Budget()), (5.0, 4.0, 4.5, 4.2)
    journal = Journal(tmp_path / "journal.jsonl")
    for number, (text, loss) in enumerate(zip(texts, losses, strict=True)):
        how = {"trained_again": 0} if number == 3 else {}
        one = Candidate(number, tree(text), how=how, rate=1.0 + number)
        for event in (Asked(one), Done(one, Evaluation.succeeded(loss, None))):
            own.observe(event)
            journal.observe(event)
    journal.close()
    written = pool_of_journal(
        tmp_path / "journal.jsonl", Problem(), "arrival", Budget(), kind="tree"
    )
    for found in (own.best(9), written.best(9)):
        assert [one.number for one in found] == [1, 3, 2]
        assert [one.genome for one in found] == [tree(texts[n]) for n in (1, 3, 2)]
        assert [one.rate for one in found] == [2.0, 4.0, 3.0]
