"""The ledger between a search and its judge: who is out, who is promoted, and what is told."""

from collections import Counter
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cellcolony.contract import WAIT, Candidate, Evaluation
from cellcolony.errors import GenomeError
from cellcolony.judges.full import PassOn
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Told
from cellcolony.runs.ledger import Ledger, promoted
from cellcolony.store.encoding import decode, encode
from tests.runs.fakes import FakeSearch, judge
from tests.runs.test_loop import lines, numbers, of, run

MEMORY = {"moments": np.arange(3.0), "epoch": np.array(2)}


class Halving:
    """Judges pairs by one epoch, then the better one of each pair by three.

    The better one is told its second evaluation, the other one its first.
    """

    def __init__(self, waiting=(), due=()):
        self.waiting, self.due = list(waiting), list(due)

    def assign(self, candidate):
        return replace(candidate, effort=1)

    def ask(self, number):
        if not self.due:
            return None
        candidate, evaluation = self.due.pop(0)
        return promoted(candidate, number, evaluation, effort=3)

    def tell(self, candidate, evaluation):
        if candidate.effort == 3:
            return [(candidate.how["promoted"], evaluation)]
        self.waiting.append((candidate, evaluation))
        if len(self.waiting) < 2:
            return []
        pair, self.waiting = self.waiting, []
        better, other = sorted(pair, key=lambda one: one[1].loss)
        if better[1].failure is not None:
            return [(one.number, verdict) for one, verdict in (better, other)]
        self.due.append(better)
        return [(other[0].number, other[1])]

    def state(self):
        return {"n_due": len(self.due)}


def done(ledger, number, loss, memory=None):
    weights = ledger.out[number].genome.weights
    ledger.arrive(number, Evaluation.succeeded(loss, weights, (1.0, loss), memory=memory))
    return ledger.tell(number)


def asked(n, referee=None) -> Any:
    ledger = Ledger(FakeSearch(), referee or Halving(), seed=3)
    candidates = [ledger.ask() for _ in range(n)]
    assert all(isinstance(one, Candidate) for one in candidates)
    return ledger


def test_a_referee_may_keep_a_verdict_until_the_next_one_has_come():
    ledger = asked(2)
    assert done(ledger, 0, 0.5) == []
    assert set(ledger.open) == {0, 1}
    ((told, verdict),) = done(ledger, 1, 0.7)
    assert (told.number, verdict.loss) == (1, 0.7)
    assert set(ledger.open) == {0}
    assert (ledger.n_told, ledger.search.pending) == (2, {0})


def test_a_promotion_comes_before_the_search_is_asked_and_goes_on_from_what_was_left():
    ledger = asked(2)
    done(ledger, 0, 0.5, MEMORY)
    done(ledger, 1, 0.7)
    candidate = ledger.ask()
    assert isinstance(candidate, Candidate)
    assert (candidate.number, candidate.effort, candidate.parents) == (2, 3, (0,))
    assert candidate.how["promoted"] == 0
    assert candidate.how["epochs_before"] == 0  # its curve will have them
    assert candidate.memory is MEMORY
    assert set(ledger.open) == {0}  # it belongs to candidate 0
    ((told, verdict),) = done(ledger, 2, 0.4)
    assert (told.number, told.how["promoted"], verdict.loss) == (0, 0, 0.4)
    assert ledger.search.told == [1, 0]
    assert ledger.open == {}


def test_a_promotion_without_a_memory_counts_the_epochs_before():
    ledger = asked(2)
    done(ledger, 0, 0.5)
    done(ledger, 1, 0.7)
    first = ledger.ask()
    assert isinstance(first, Candidate)
    assert first.how["epochs_before"] == 1
    again = promoted(first, 9, Evaluation.succeeded(0.3, first.genome.weights, (1, 1, 1)), 9)
    assert (again.how["promoted"], again.how["epochs_before"], again.parents) == (0, 3, (2,))


@pytest.mark.parametrize("told", [0, 1, 2])
def test_a_ledger_with_promotions_goes_through_files(told):
    ledger = asked(4)
    done(ledger, 0, 0.5, MEMORY)
    done(ledger, 1, 0.7)
    if told > 0:
        ledger.ask()
        ledger.arrive(2, Evaluation.failed("it diverged"))
    if told > 1:
        ledger.tell(2)
        done(ledger, 4, 0.4)
    saved = decode(*encode(ledger.to_dict()))
    search = FakeSearch()
    search.out = set(ledger.search.pending)
    again = Ledger.from_dict(search, Halving(), 3, saved)
    assert (again.n_asked, again.n_told) == (ledger.n_asked, ledger.n_told)
    assert again.failures == ledger.failures
    assert list(again.out) == list(ledger.out)
    assert set(again.open) == set(ledger.open)
    assert list(again.arrived) == list(ledger.arrived)
    for number, candidate in ledger.out.items():
        other = again.out[number]
        assert (other.how, other.effort, other.parents) == (
            candidate.how, candidate.effort, candidate.parents
        )  # fmt: skip
        for name, array in (candidate.memory or {}).items():
            assert other.memory is not None
            np.testing.assert_array_equal(other.memory[name], array, strict=True)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("n_told",), 5, "do not fit together"),
        (("n_asked",), 1, "do not fit together"),
        (("failures",), [["it diverged", 9]], "do not fit together"),
        (("out", 0, "effort"), 0, "an effort must be at least 1"),
        (("out", 0, "how"), {"epochs_before": -1}, "`epochs_before` must be a whole number"),
        (("out", 0, "memory"), {"a": 1}, "must be arrays"),
        (("open",), [], "the search waits for other candidates"),
        (("arrived", 0, "seconds"), -1.0, "`seconds` must be a number from 0"),
    ],
)
def test_a_ledger_that_cannot_be_is_refused(place, value, message):
    ledger = asked(4)
    done(ledger, 0, 0.5, MEMORY)
    ledger.arrive(1, Evaluation.succeeded(0.5, ledger.out[1].genome.weights))
    saved = decode(*encode(ledger.to_dict()))
    inner = saved
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    search = FakeSearch()
    search.out = {0, 1, 2, 3}
    with pytest.raises(ValueError, match=message):
        Ledger.from_dict(search, Halving(), 3, saved)


def test_a_search_that_waits_while_its_verdicts_are_kept_is_our_own_mistake():
    class Keeping(Halving):
        def tell(self, candidate, evaluation):
            return []

    ledger = Ledger(FakeSearch(n_out=1), Keeping(), seed=3)
    ledger.ask()
    assert ledger.ask() is WAIT
    done(ledger, 0, 0.5)
    with pytest.raises(RuntimeError, match="nothing left to wait for"):
        ledger.ask()


def test_who_is_not_under_way_or_was_judged_cannot_arrive():
    ledger, verdict = asked(1, PassOn()), Evaluation.failed("it diverged")
    ledger.arrive(0, verdict)
    for number in (0, 1):
        with pytest.raises(KeyError, match="not under way"):
            ledger.arrive(number, verdict)


def test_weights_that_do_not_fit_cannot_arrive():
    ledger = asked(1, PassOn())
    with pytest.raises(GenomeError, match="trained weights must have shape"):
        ledger.arrive(0, Evaluation.succeeded(0.5, np.ones(99, np.float32)))
    with pytest.raises(GenomeError, match="trained weights"):
        ledger.arrive(0, Evaluation.succeeded(0.5, None))


def test_failures_are_counted_by_reason_whatever_the_search_is_told():
    ledger = asked(3)
    for number in range(3):
        ledger.arrive(number, Evaluation.failed("it diverged" if number else "its process died"))
        ledger.tell(number)
    assert ledger.failures == Counter({"it diverged": 2, "its process died": 1})
    assert ledger.n_succeeded == 0


def judge_by_effort(candidate):
    verdict = judge(candidate)
    if verdict.failure is not None or candidate.effort == 1:
        return verdict
    return replace(verdict, loss=verdict.loss / 2)


def test_strict_order_is_the_same_with_promotions_for_1_and_4_workers():
    runs = []
    for workers in (1, 2, 4):
        search = FakeSearch()
        events = run(
            search, judge_by_effort, Budget(80), workers=workers, order="strict", window=8,
            referee=Halving(),
        )  # fmt: skip
        runs.append((lines(events), numbers(Told, events)))
        assert sorted(search.told) == sorted(set(search.told))
    assert runs[1:] == runs[:-1]
    promotions = [one for one in of(Asked, events) if "promoted" in one.candidate.how]
    assert len(promotions) > 10
    told = {one.candidate.number: one.evaluation for one in of(Told, events)}
    done_again = [one.candidate.how["promoted"] for one in promotions]
    assert any(told[number].loss < 0.5 for number in done_again if number in told)
