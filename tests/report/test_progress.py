import io

import numpy as np
import pytest
from rich.console import Console

from cellcolony.contract import Candidate, Evaluation
from cellcolony.layers.epoch import Epoch
from cellcolony.networks.genome import Network, Node
from cellcolony.report.live import table_of
from cellcolony.report.log import Log
from cellcolony.report.progress import Progress
from cellcolony.report.status import left_line
from cellcolony.report.watch import watch
from cellcolony.runs.budget import Budget
from cellcolony.runs.directory import Outcome
from cellcolony.runs.events import (
    Asked,
    Compiling,
    Done,
    ItemDone,
    SearchEnded,
    SearchStarted,
    Share,
    StageStarted,
)
from cellcolony.runs.watch.following import StudyEnded
from cellcolony.runs.watch.states import StageState
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.language import Language

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


def started(*budget, measure=Forecast.measure, **more):
    return SearchStarted(
        Budget.parse(budget or "10 networks"), 2, 7, measure, compile_seconds=1.5, **more
    )


def epoch(number, valid_loss, failure=None):
    return Epoch(number, 0.5, 2.0, valid_loss, 2.0, 1000, failure)


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
    search = progress.search
    assert search is not None
    assert (search.n_done, search.n_failed) == (5, 1)
    assert (search.best, search.best_number, search.best_size) == (0.1, 2, 2)
    assert search.median == pytest.approx(0.4)
    assert search.seconds == 30
    assert search.per_minute == 10
    assert search.share == 0.5


def test_the_share_is_that_of_the_limit_that_comes_first(clock):
    progress = Progress(clock)
    assert progress.search is None
    progress.observe(started("10 networks", "100s"))
    assert progress.search is not None
    clock.now += 80
    assert progress.search.share == 0.8
    clock.now += 80
    assert progress.search.share == 1.0


def test_generations_have_a_share_too(clock):
    progress = Progress(clock)
    progress.observe(started("8 generations"))
    progress.observe(Asked(Candidate(0, NETWORK, how={"generation": 2})))
    assert progress.search is not None
    assert progress.search.share == 0.25


def test_a_budget_of_loss_alone_has_no_share():
    progress = Progress()
    progress.observe(started("loss<0.1"))
    assert progress.search is not None
    assert progress.search.share is None


def test_the_time_stands_still_when_the_search_has_ended(clock):
    progress = Progress(clock)
    progress.observe(started())
    progress.observe(SearchEnded("its time was up", 12.5))
    clock.now += 99
    assert progress.search is not None
    assert progress.search.seconds == 12.5


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
    progress.observe(StageStarted("scores", "Scoring on the test split", 2))
    text = text_of(table_of(progress))
    assert "The search ended: it was interrupted.\nScoring on the test split: 0 of 2 done." in text


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
    progress.observe(started())
    progress.observe(asked(0, entropy=0.5))
    progress.observe(done(0, 0.25))
    progress.observe(SearchEnded("its time was up", 12.5))
    progress.observe(StageStarted("scores", "Scoring", 1))
    progress.observe(Compiling(("gru",)))
    assert "Compiling 1 cell" in text_of(table_of(progress))
    progress.observe(started())
    assert progress.search is not None
    assert (progress.search.entropy, progress.search.best) == (None, None)
    assert progress.search.ended is None
    assert progress.stage is None
    assert "Compiling" not in text_of(table_of(progress))


def test_a_search_that_goes_on_keeps_what_is_known_of_it():
    progress = Progress()
    progress.observe(started())
    progress.observe(done(0, 0.25))
    progress.observe(SearchEnded("its time was up", 12.5))
    progress.observe(started("20 networks", seconds=12.5, n_done=1))
    assert progress.search is not None
    assert (progress.search.best, progress.search.n_done) == (0.25, 1)
    assert progress.search.ended is None


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
    with watch(Console(file=screen, force_terminal=True, width=80)) as table:
        table.observe(started())
        table.observe(done(0, 0.25))
    assert "1 of 10" in screen.getvalue()


def test_the_log_writes_phases_and_then_not_too_often(clock):
    lines = []
    log = Log(lines.append, Progress(clock))
    log.observe(Compiling(("gru",)))
    log.observe(started())
    for number in range(50):
        clock.now += 1
        log.observe(done(number, None if number == 0 else 0.5))
    log.observe(SearchEnded("its time was up", 51.0))
    assert lines[0].startswith("Compiling 1 cell ")
    assert lines[1] == "Search: seed 7, 2 workers, until 10 networks"
    assert lines[2] == "1.0 s: networks 1 of 10 done, 1 failed, 60.0 per minute"
    assert "networks 11 of 10 done" in lines[3]
    assert "best 0.5000 (network 1, 2 weights), median 0.5000" in lines[3]
    assert lines[-2].startswith("51.0 s: networks 50")
    assert lines[-1] == "The search ended: its time was up."
    assert len(lines) == 9


def test_the_log_of_a_long_search_grows_slowly(clock):
    lines = []
    log = Log(lines.append, Progress(clock))
    log.observe(started("99h"))
    for number in range(20_000):
        clock.now += 10
        log.observe(done(number, 0.5))
    assert len(lines) < 400


def with_control(clock):
    """A study whose control is under way."""
    progress = Progress(clock)
    progress.observe(started())
    progress.observe(done(0, 0.25))
    progress.observe(SearchEnded("1 networks were done", 12.5))
    progress.observe(StageStarted("control", "Random search over the same space", 10, 0, False))
    progress.observe(started("5 networks", title="random search"))
    progress.observe(done(0, 0.75))
    progress.observe(done(1, 0.5))
    return progress


def test_the_control_counts_anew_and_the_search_stays_in_one_line(clock):
    progress = with_control(clock)
    text = text_of(table_of(progress))
    assert "Random search: seed 7, 2 workers, until 5 networks" in text
    assert "2 of 5" in text
    assert "0.5000" in text
    assert "Search: 12.5 s: networks 1 of 10 done" in text


def test_after_the_control_the_search_is_shown_again(clock):
    progress = with_control(clock)
    progress.observe(SearchEnded("5 networks were done", 3.0))
    progress.observe(StageStarted("rivals", "rivals: ridge-4, GRU", 2))
    text = text_of(table_of(progress), width=200)
    assert text.startswith("Search: seed 7, 2 workers, until 10 networks")
    assert "Random search: 3.0 s: networks 2 of 5 done" in text
    assert "Rivals: ridge-4, GRU: 0 of 2 done." in text
    progress.observe(ItemDone("rivals", "ridge-4", "ridge-4 is done.", {}, 2, 1))
    progress.observe(ItemDone("test", "reading 1", "", {}, 1, 1))
    text = text_of(table_of(progress), width=200)
    assert "Rivals: ridge-4, GRU: 1 of 2 done.\nridge-4 is done." in text


def test_the_log_tells_each_stage_and_each_item(clock):
    lines = []
    log = Log(lines.append, Progress(clock))
    log.observe(started())
    log.observe(SearchEnded("its time was up", 12.5))
    log.observe(StageStarted("control", "random search", 10, 0, False))
    log.observe(started("5 networks", title="random search"))
    log.observe(SearchEnded("5 networks were done", 3.0))
    log.observe(StageStarted("rivals", "rivals: ridge-4, GRU", 2))
    log.observe(ItemDone("rivals", "ridge-4", "ridge-4 is done.", {}, 2, 1))
    log.observe(ItemDone("test", "reading 1", "", {}, 1, 1))
    log.observe(StudyEnded(Outcome("10 networks", 2, "its time was up", False, 12.5)))
    assert [line for line in lines if "per minute" not in line] == [
        "Search: seed 7, 2 workers, until 10 networks",
        "The search ended: its time was up.",
        "Random search: 0 of 10 done.",
        "Random search: seed 7, 2 workers, until 5 networks",
        "Random search ended: 5 networks were done.",
        "Rivals: ridge-4, GRU: 0 of 2 done.",
        "1 of 2: ridge-4 is done.",
        "The search ended: its time was up.",
        "The study has ended.",
    ]


FINALS = (
    StageStarted("finals", "Final trainings: lstm, 1 seed", 1),
    Share("lstm", 0.25, 3),
    Share("lstm", 0.0, 3, epoch(0, 1.0), True),
    Share("lstm", 0.0, 3, epoch(1, 1.5)),
    Share("lstm", 0.5, 3),
)


def test_a_final_training_has_a_line_an_epoch_in_the_log():
    lines = []
    log = Log(lines.append)
    for event in FINALS:
        log.observe(event)
    log.observe(Share("lstm", 0.0, 3, epoch(2, np.inf, "its loss was nan in epoch 3")))
    assert lines[0] == "Final trainings: lstm, 1 seed: 0 of 1 done."
    assert lines[1].startswith("lstm: epoch 1/3  rate 0.5 ")
    assert "valid     2.72 *" in lines[1]
    assert "500 tokens a second" in lines[1]
    assert "valid     4.48  " in lines[2]
    assert lines[3] == "lstm: epoch 3/3  failed: its loss was nan in epoch 3"


def test_a_final_training_has_a_bar_in_the_table_until_it_is_done():
    progress = Progress()
    for event in FINALS:
        progress.observe(event)
    text = text_of(table_of(progress))
    assert "epoch 3 of 3; perplexity on validation: best 2.72, after epoch 1" in text
    (training,) = progress.under_way.values()
    assert (training.n_done, training.share) == (2, 0.5)
    progress.observe(ItemDone("finals", "lstm-seed-0 1", "lstm: final perplexity 2.72", {}, 1, 1))
    assert not progress.under_way
    assert "1 of 1 done" in text_of(table_of(progress))
    progress.observe(Share("lstm", 0.0, 3, epoch(0, 2.0), True))  # with another seed of the study
    assert progress.under_way["lstm"].best_epoch == 1


def test_epochs_of_a_study_without_a_search_stay_on_the_terminal():
    for first, n in (((), 2), ((started(),), 0)):
        screen = io.StringIO()
        with watch(Console(file=screen, force_terminal=True, width=120)) as table:
            for event in (*first, *FINALS):
                table.observe(event)
        assert screen.getvalue().count("lstm: epoch") == n


def test_losses_of_language_models_are_shown_as_perplexity():
    progress = Progress()
    progress.observe(started(measure=Language.measure))
    progress.observe(done(0, 2.0))
    text = text_of(table_of(progress))
    assert "best perplexity" in text
    assert "7.389" in text
    assert "search perplexity on validation" in text


def test_the_table_says_how_each_stage_stands():
    stages = [
        StageState("search", "done"), StageState("rivals", "under way", 3, 12, 90.0),
        StageState("control", "to come", seconds=30.0), StageState("scores", "to come"),
    ]  # fmt: skip
    lines = [line.split() for line in text_of(table_of(Progress(), "", stages)).splitlines()]
    assert lines == [
        ["search", "done"], ["rivals", "under", "way:", "3", "of", "12", "done,", "about", "1",
         "min", "30", "s"],
        ["control", "to", "come,", "about", "30.0", "s"], ["scores", "to", "come"],
        ["Left:", "about", "2", "min", "00", "s,", "and", "what", "is", "not", "known", "yet:",
         "scores."],
    ]  # fmt: skip
    assert left_line(stages[:1]) == ""
    assert left_line(stages[-1:]) == "How long what is left takes is not known yet: scores."
