import io

import numpy as np
import pytest
from rich.console import Console

from cellcolony.contract import Candidate, Evaluation
from cellcolony.networks.genome import Network, Node
from cellcolony.report.live import LiveTable, table_of
from cellcolony.report.log import Log
from cellcolony.report.progress import Progress
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Compiling, Done, Scoring, SearchEnded, SearchStarted

NETWORK = Network(
    (Node(0, "input", 0.0), Node(1, "output", 1.0, "linear")),
    np.array([(0, 1)], np.int32),
    np.zeros((0, 3), np.int32),
)


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def done(number, loss=None):
    evaluation = (
        Evaluation.failed("it diverged")
        if loss is None
        else Evaluation.succeeded(loss, np.zeros(2, np.float32))
    )
    return Done(Candidate(number, NETWORK), evaluation)


def asked(number, entropy=None):
    how = {} if entropy is None else {"entropy": entropy}
    return Asked(Candidate(number, NETWORK, how=how))


def started(*budget):
    return SearchStarted(
        Budget.parse(budget or "10 networks"), workers=2, seed=7, compile_seconds=1.5
    )


def text_of(renderable, width=100):
    console = Console(width=width, markup=False)
    with console.capture() as captured:
        console.print(renderable)
    return captured.get()


def test_progress_counts_what_is_done_and_failed(clock):
    progress = Progress(clock)
    progress.observe(started())
    for number, loss in enumerate([0.5, None, 0.1, 0.3, 0.9]):
        clock.now += 6
        progress.observe(done(number, loss))
    assert (progress.n_done, progress.n_failed) == (5, 1)
    assert (progress.best, progress.best_number, progress.best_size) == (0.1, 2, 2)
    assert progress.median == pytest.approx(0.4)
    assert progress.seconds == 30
    assert progress.per_minute == 10
    assert progress.share == 0.5


def test_the_share_is_that_of_the_limit_that_comes_first(clock):
    progress = Progress(clock)
    assert progress.share is None
    progress.observe(started("10 networks", "100s"))
    clock.now += 80
    assert progress.share == 0.8
    clock.now += 80
    assert progress.share == 1.0


def test_a_budget_of_loss_alone_has_no_share():
    progress = Progress()
    progress.observe(started("loss<0.1"))
    assert progress.share is None


def test_the_time_stands_still_when_the_search_has_ended(clock):
    progress = Progress(clock)
    progress.observe(started())
    progress.observe(SearchEnded("its time was up", 12.5))
    clock.now += 99
    assert progress.seconds == 12.5


def test_the_table_shows_every_figure(clock):
    progress = Progress(clock)
    assert text_of(table_of(progress)).strip() == ""
    progress.observe(Compiling(("gru", "linear")))
    assert "Compiling 2 cells" in text_of(table_of(progress))
    progress.observe(started())
    assert "0 of 10" in text_of(table_of(progress))
    clock.now += 30
    for number, loss in enumerate([0.25, None, 0.125]):
        progress.observe(done(number, loss))
    text = text_of(table_of(progress))
    for shown in ("seed 7", "2 workers", "until 10 networks", "3 of 10", "1 failed", "6.0",
                  "0.1250", "network 2, 2 weights", "0.1875", "30.0 s"):  # fmt: skip
        assert shown in text
    progress.observe(SearchEnded("it was interrupted", 31.0, interrupted=True))
    progress.observe(Scoring(2))
    text = text_of(table_of(progress))
    assert "The search ended: it was interrupted. Scoring on the test split" in text
    assert "Ctrl-C again cuts the rivals short" in text


def test_the_table_shows_the_newest_entropy_and_none_for_a_search_without():
    progress = Progress()
    progress.observe(started())
    progress.observe(asked(0))
    assert "entropy" not in text_of(table_of(progress))
    progress.observe(asked(1, entropy=0.98765))
    progress.observe(asked(2, entropy=0.87654))
    progress.observe(asked(3))  # a second training tells none
    (line,) = [line for line in text_of(table_of(progress)).splitlines() if "entropy" in line]
    assert "0.877" in line
    assert "1 even, 0 decided" in line


def test_a_new_run_begins_without_the_entropy_of_the_last():
    progress = Progress()
    progress.observe(asked(0, entropy=0.5))
    progress.observe(Compiling(("gru",)))
    assert progress.entropy is None


def test_the_log_tells_the_entropy_of_a_search_that_has_one():
    for entropy, end in ((None, "median 0.5000"), (0.9, "median 0.5000; entropy 0.900")):
        lines = []
        log = Log(lines.append)
        log.observe(started())
        log.observe(asked(0, entropy))
        log.observe(done(0, 0.5))
        assert lines[-1].endswith(end)


def test_the_live_table_draws_on_a_terminal_and_leaves_its_last_state():
    screen = io.StringIO()
    with LiveTable(Console(file=screen, force_terminal=True, width=80)) as table:
        table.observe(started())
        table.observe(done(0, 0.25))
    assert "1 of 10" in screen.getvalue()


def test_the_log_writes_phases_and_then_not_too_often(clock):
    lines = []
    with Log(lines.append, Progress(clock)) as log:
        log.observe(Compiling(("gru",)))
        log.observe(started())
        for number in range(50):
            clock.now += 1
            log.observe(done(number, None if number == 0 else 0.5))
        log.observe(SearchEnded("its time was up", 51.0))
        log.observe(Scoring(1))
    assert lines[0].startswith("Compiling 1 cell ")
    assert lines[1] == "Search: seed 7, 2 workers, until 10 networks"
    assert lines[2] == "1.0 s: networks 1 of 10 done, 1 failed, 60.0 per minute"
    assert "networks 11 of 10 done" in lines[3]
    assert "best 0.5000 (network 1, 2 weights), median 0.5000" in lines[3]
    assert lines[-2].startswith("51.0 s: networks 50")
    assert lines[-1] == "The search ended: its time was up. Scoring on the test split."
    assert len(lines) == 9


def test_the_log_of_a_long_search_grows_slowly(clock):
    lines = []
    log = Log(lines.append, Progress(clock))
    log.observe(started("99h"))
    for number in range(20_000):
        clock.now += 10
        log.observe(done(number, 0.5))
    assert len(lines) < 400
