import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from cellcolony.contract import WAIT, Evaluation
from cellcolony.judges.full import PassOn
from cellcolony.runs import ledger
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Done, Draining, SearchEnded, Told
from cellcolony.runs.executors.worker import WorkerDiedError
from cellcolony.runs.journal import TIMES, asked_line, done_line
from cellcolony.runs.ledger import Ledger
from cellcolony.runs.loop import Flight, run_search
from tests.runs.fakes import FakeSearch, judge, with_jitter


@pytest.fixture(autouse=True)
def never_given_up(monkeypatch):
    """Some candidates fail here, and chance may let more than half of few do."""
    monkeypatch.setattr(ledger, "LEAST_TOLD", 10**9)


def run(
    search, judge, budget, *, workers=1, stop=None, on_event=None, referee=None, batch=1, **settings
):
    """Run a search on threads; return the events."""
    events = []

    def emit(event):
        events.append(event)
        if on_event:
            on_event(event)

    stop = np.zeros(1, np.uint8) if stop is None else stop
    with ThreadPoolExecutor(workers) as executor:
        ledger = Ledger(search, referee or PassOn(), seed=3)
        flight = Flight(ledger, partial(executor.submit, judge), emit, batch)
        run_search(flight, budget, workers=workers, stop=stop, **settings)
    return events


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


def numbers(kind, events):
    return [event.candidate.number for event in of(kind, events)]


def lines(events):
    """Return the journal of a run, sorted by number and without times."""
    found = [asked_line(event.candidate, event.n_told) for event in of(Asked, events)]
    found += [done_line(e.candidate.number, e.evaluation) for e in of(Done, events)]
    found = [{key: line[key] for key in line if key not in TIMES} for line in found]
    return sorted(found, key=lambda line: (line["number"], line["event"]))


@pytest.mark.parametrize("order", ["arrival", "strict"])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_every_candidate_asked_is_done_and_told_once(order, workers):
    search = FakeSearch()
    events = run(search, with_jitter(judge), Budget(60), workers=workers, order=order, window=8)
    assert numbers(Asked, events) == list(range(60))
    assert sorted(numbers(Done, events)) == list(range(60))
    assert sorted(search.told) == list(range(60))
    assert events[-1].reason == "60 networks were done"
    assert any(event.evaluation.failure for event in of(Told, events))


def test_arrival_keeps_as_many_in_flight_as_there_are_workers():
    out, most = 0, 0

    def count(event):
        nonlocal out, most
        out += isinstance(event, Asked) - isinstance(event, Told)
        most = max(most, out)

    run(FakeSearch(), with_jitter(judge), Budget(40), workers=3, on_event=count)
    assert most == 3


def test_arrival_tells_results_out_of_order_as_they_come():
    first_may_end = threading.Event()

    def wait_for_the_second(candidate):
        if threading.current_thread().name.endswith("_0"):
            assert first_may_end.wait(10)
        return judge(candidate)

    search = FakeSearch()
    on_event = lambda event: isinstance(event, Told) and first_may_end.set()  # noqa: E731
    run(search, wait_for_the_second, Budget(6), workers=2, on_event=on_event)
    assert search.told[0] != 0
    assert sorted(search.told) == list(range(6))


def test_strict_order_gives_the_same_run_for_1_2_and_4_workers():
    runs = [
        run(
            FakeSearch(), with_jitter(judge, seed), Budget(100), workers=n, order="strict", window=8
        )
        for seed, n in enumerate((1, 2, 4, 4))
    ]
    for other in runs[1:]:
        assert lines(other) == lines(runs[0])
        assert numbers(Told, other) == list(range(100))


def test_strict_order_asks_directly_after_the_result_a_window_before():
    events = run(FakeSearch(), judge, Budget(20), workers=4, order="strict", window=5)
    marks = [(type(e), e.candidate.number) for e in events if isinstance(e, (Asked, Told))]
    assert marks[:5] == [(Asked, i) for i in range(5)]
    assert marks[5:35] == [m for i in range(15) for m in ((Told, i), (Asked, i + 5))]


def test_one_worker_gives_the_same_run_twice():
    first, second = (run(FakeSearch(), judge, Budget(50)) for _ in range(2))
    assert lines(first) == lines(second)


def test_a_search_that_waits_is_asked_again_after_the_next_result():
    search = FakeSearch(n_candidates=25, n_out=2)
    events = run(search, with_jitter(judge), Budget(seconds=60), workers=4)
    assert sorted(search.told) == list(range(25))
    assert events[-1].reason == "it had no more to ask"


def test_strict_order_is_the_same_when_the_search_waits():
    runs = [
        run(FakeSearch(25, 3), with_jitter(judge, n), Budget(99), workers=n, order="strict")
        for n in (1, 4)
    ]
    assert lines(runs[0]) == lines(runs[1])


def test_a_search_that_waits_for_nothing_is_our_own_mistake():
    class Stuck(FakeSearch):
        def ask(self, number, rng):
            return WAIT

    with pytest.raises(RuntimeError, match="nothing left to wait for"):
        run(Stuck(), judge, Budget(5))


def test_a_loss_below_the_budget_ends_the_search():
    events = run(FakeSearch(), judge, Budget(10_000, loss=0.1), workers=2)
    losses = [event.evaluation.loss for event in of(Told, events)]
    assert losses[-1] < 0.1
    assert all(loss >= 0.1 for loss in losses[:-1])
    assert events[-1].reason == "a loss below 0.1 was reached"


def test_strict_order_ends_at_the_same_loss_for_1_and_4_workers():
    told = [
        numbers(Told, run(FakeSearch(), judge, Budget(loss=0.1), workers=n, order="strict"))
        for n in (1, 4)
    ]
    assert told[0] == told[1]


def until(stop, judged=judge, *, free=3):
    """Return a judge whose first `free` trainings end at once, and the others at the stop flag."""
    count = iter(range(10_000))

    def train(candidate):
        if next(count) < free:
            return judged(candidate)
        while not stop[0]:
            threading.Event().wait(0.001)
        return judged(candidate)

    return train


def good(candidate):
    return Evaluation.succeeded(0.5, candidate.genome.weights)


def test_what_still_trains_when_the_time_is_up_is_stopped_and_not_told():
    stop = np.zeros(1, np.uint8)
    events = run(FakeSearch(), until(stop, good), Budget(seconds=0.2), workers=2, stop=stop)
    assert len(numbers(Asked, events)) == 5
    assert len(numbers(Done, events)) == len(numbers(Told, events)) == 3
    assert events[-1].reason == "its time was up"
    assert not events[-1].interrupted


@pytest.mark.parametrize("order", ["arrival", "strict"])
def test_a_run_that_would_end_with_nothing_keeps_what_was_cut_short(order):
    stop = np.zeros(1, np.uint8)
    judge = until(stop, good, free=0)
    events = run(FakeSearch(), judge, Budget(seconds=0.1), workers=2, stop=stop, order=order)
    assert numbers(Told, events) == [0, 1]
    assert isinstance(events[-1], SearchEnded)


@pytest.mark.parametrize("order", ["arrival", "strict"])
def test_the_stop_flag_ends_the_search_in_good_order(order):
    stop = np.zeros(1, np.uint8)

    def interrupt(event):
        if isinstance(event, Told) and event.candidate.number == 2:
            stop[0] = 1

    train = until(stop, good)
    events = run(
        FakeSearch(), train, Budget(1000), workers=2, stop=stop, on_event=interrupt, order=order
    )
    assert numbers(Told, events) == [0, 1, 2]
    assert events[-1].interrupted
    assert events[-1].reason == "it was interrupted"


def test_a_judge_that_raises_ends_the_run_and_stops_the_others():
    stop = np.zeros(1, np.uint8)

    def broken(candidate):
        raise ZeroDivisionError("our own mistake")

    with pytest.raises(ZeroDivisionError, match="our own mistake"):
        run(FakeSearch(), broken, Budget(5), workers=2, stop=stop)
    assert stop[0] == 1


def several(candidates):
    return [judge(candidate) for candidate in candidates]


@pytest.mark.parametrize(("order", "window"), [("arrival", 8), ("strict", 8), ("strict", 5)])
@pytest.mark.parametrize("workers", [1, 3])
def test_candidates_that_are_sent_together_are_done_and_told_one_by_one(order, window, workers):
    sent = []

    def judge_all(candidates):
        sent.append(len(candidates))
        return several(candidates)

    options = {"workers": workers, "order": order, "window": window}
    events = run(FakeSearch(), judge_all, Budget(60), batch=4, **options)
    assert sorted(numbers(Done, events)) == sorted(numbers(Told, events)) == list(range(60))
    assert max(sent) == 4
    if order == "strict":
        assert lines(events) == lines(run(FakeSearch(), judge, Budget(60), **options))


def test_of_candidates_whose_worker_died_together_only_the_one_that_kills_it_fails():
    def judge_all(candidates):
        if any(candidate.number == 5 for candidate in candidates):
            raise WorkerDiedError("status -9")
        return several(candidates)

    events = run(FakeSearch(), judge_all, Budget(12), batch=4)
    assert sorted(numbers(Done, events)) == list(range(12))
    died = [e.candidate.number for e in of(Done, events) if e.evaluation.failure == "status -9"]
    assert died == [5]


def test_a_flag_that_is_set_while_candidates_are_collected_forgets_them():
    drain = np.zeros(1, np.uint8)

    def interrupt(event):
        if isinstance(event, Asked) and event.candidate.number == 5:
            drain[0] = 1

    events = run(FakeSearch(), several, Budget(50), batch=4, drain=drain, on_event=interrupt)
    assert numbers(Asked, events) == list(range(6))
    assert set(numbers(Done, events)) == set(numbers(Told, events)) <= set(range(6))
    assert events[-1].interrupted


def test_any_executor_will_do():
    class AtOnce(Executor):
        def submit(self, fn, /, *args, **kwargs):
            future = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    events = []
    ledger = Ledger(FakeSearch(), PassOn(), seed=3)
    flight = Flight(ledger, partial(AtOnce().submit, judge), events.append)
    run_search(flight, Budget(30), workers=5, stop=np.zeros(1, np.uint8))
    assert sorted(numbers(Told, events)) == list(range(30))


@pytest.mark.parametrize("order", ["arrival", "strict"])
def test_the_drain_flag_lets_what_trains_end_and_asks_no_more(order):
    drain, begun, may_end = np.zeros(1, np.uint8), threading.Event(), threading.Event()

    def train(candidate):
        if candidate.number >= 2:
            begun.set()
            assert may_end.wait(10)
        return good(candidate)

    told = []

    def interrupt(event):
        if isinstance(event, Told):
            told.append(event)
            if len(told) == 2:
                assert begun.wait(10)
                drain[0] = 1
        elif isinstance(event, Draining):
            may_end.set()

    events = run(
        FakeSearch(), train, Budget(1000), workers=2, drain=drain, on_event=interrupt, order=order
    )
    (draining,) = of(Draining, events)
    after = events[events.index(draining) :]
    assert of(Asked, after) == []
    assert len(of(Done, after)) == draining.n_training > 0
    assert len(of(Told, events)) == len(of(Done, events))
    assert events[-1].interrupted
    assert not events[-1].at_once


@pytest.mark.parametrize("order", ["arrival", "strict"])
def test_both_flags_end_the_search_at_once_whatever_trains(order):
    drain, stop = np.zeros(1, np.uint8), np.zeros(1, np.uint8)

    def interrupt(event):
        if isinstance(event, Told) and event.candidate.number == 1:
            drain[0] = stop[0] = 1

    train = until(stop, good)
    events = run(
        FakeSearch(), train, Budget(1000), workers=2, stop=stop, drain=drain, on_event=interrupt,
        order=order,
    )  # fmt: skip
    assert numbers(Told, events)[-1] <= 2
    assert events[-1].interrupted
    assert events[-1].at_once
