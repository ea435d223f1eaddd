import io

from cellcolony.runs.replaying.replay import Replayed
from cellcolony.runs.replaying.retraining import Retrained
from cellcolony.runs.replaying.sameness import Difference
from rich.console import Console

from cellcolony.contract import Candidate
from cellcolony.report.replayed import different_line, replay_report
from cellcolony.report.replaying import ReplayLine
from cellcolony.runs.events import Asked, Compiling, TrainedAgain
from tests.report.test_progress import NETWORK

UNDER_WAY = Replayed(1200, 1198, 3, (4, 70), 900, False, False, 1000)
LOSS = Difference("loss", "0.25", "0.5")


def shown(replayed):
    console = Console(file=io.StringIO(), width=110)
    console.print(replay_report(replayed))
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_a_search_under_way_is_reported_as_far_as_it_was_compared():
    assert shown(UNDER_WAY) == [
        "asked again 1,200 networks: the same, with parents and how each was made",
        "told again 1,198 results (3 failed, 2 not done)",
        "front 2 networks: the same sizes and weights, when 900 results had been told",
        "colony not kept: the search has not ended",
        "checkpoint the same state, when 1,000 networks had been asked",
    ]


def test_trainings_are_counted_named_and_told_apart():
    different = dict.fromkeys(range(8), LOSS)
    trained = Retrained(
        1180, different, {"its process died": 2}, Difference("front.csv.id", "", "")
    )
    lines = shown(Replayed(1200, 1190, 2, (), 1190, True, True, None, trained))
    assert "trained again 1,180 of 1,188 trainings agree to the last bit:" in lines[5]
    assert lines[6:11] == [f"network {n} differs in `loss` (there 0.25, now 0.5)" for n in range(5)]
    assert lines[11] == "and 3 more"
    assert lines[12] == "not comparable, 2 times: its process died"
    assert lines[13].startswith("errors of the front differ in `front.csv.id`")
    assert different_line(trained).startswith("8 of 1,188 trainings came out otherwise")


def test_errors_of_the_front_alone_may_come_out_otherwise():
    trained = Retrained(3, {}, {}, Difference("front.csv.valid_mae.0", "'1'", "'2'"))
    assert not trained.is_same
    assert different_line(trained).startswith("The errors of the front came out otherwise")


def test_lines_come_when_their_time_has_come():
    lines, now = [], [0.0]
    line = ReplayLine(lines.append, 10.0, clock=lambda: now[0])
    line.observe(Compiling(("gru", "simple")))
    for number in range(30):
        now[0] += 1
        line.observe(Asked(Candidate(number, NETWORK)))
    now[0] += 10
    line.observe(TrainedAgain(0, 1, 20, 0))
    now[0] += 10
    line.observe(TrainedAgain(1, 2, 20, 1))
    assert lines == [
        "Compiling 2 cells for this machine",
        "Asked again: 10 networks",
        "Asked again: 20 networks",
        "Asked again: 30 networks",
        "Trained again: 1 of 20 networks",
        "Trained again: 2 of 20 networks, 1 came out otherwise",
    ]
