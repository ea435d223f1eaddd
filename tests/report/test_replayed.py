import io

from rich.console import Console

from cellcolony.contract import Candidate
from cellcolony.report.replayed import different_line, replay_report
from cellcolony.report.replaying import ReplayLine
from cellcolony.runs.events import Asked, Compiling, TrainedAgain
from cellcolony.runs.replay.items import ReplayedItems
from cellcolony.runs.replay.replay import Replayed
from cellcolony.runs.replay.retraining import Retrained
from cellcolony.runs.replay.search import ReplayedSearch
from cellcolony.store.sameness import Difference
from tests.report.test_progress import NETWORK

SEARCH = ReplayedSearch("network", 1200, 1198, 3, (4, 70), 900, False, "", 1000)
UNDER_WAY = Replayed(SEARCH, {}, (), 0, False)
LOSS = Difference("loss", "0.25", "0.5")


def shown(replayed):
    console = Console(file=io.StringIO(), width=130)
    console.print(replay_report(replayed))
    assert isinstance(console.file, io.StringIO)
    return [" ".join(line.split()) for line in console.file.getvalue().splitlines()]


def test_a_search_under_way_is_reported_as_far_as_it_was_compared():
    assert shown(UNDER_WAY) == [
        "asked again 1,200 networks: the same, with parents and how each was made",
        "told again 1,198 results (3 failed, 2 not done)",
        "front 2 networks: the same sizes, genomes and files, when 900 results had been told; the "
        "search has not ended",
        "checkpoint the same state, when 1,000 networks had been asked",
    ]


def test_an_ended_study_is_reported_with_its_control_its_stages_and_its_files():
    ended = ReplayedSearch("node", 8, 8, 1, (3,), 8, True, "colony")
    control = ReplayedSearch("node", 8, 8, 0, (1,), 8, True)
    items = (ReplayedItems("cells", 3, 0), ReplayedItems("finals", 4, 2))
    lines = shown(Replayed(ended, {"control": control}, items, 4, True))
    assert lines[2:5] == [
        "front 1 node: the same sizes, genomes and files",
        "colony the same at the end, to the last bit",
        "checkpoint none with a state at a line of the journal",
    ]
    assert lines[5].startswith("control: asked again 8 nodes: the same")
    assert lines[-3:] == [
        "stage cells 3 results: what the stage asks for",
        "stage finals 4 results: what the stage asks for; 2 results of earlier sessions not "
        "compared",
        "files of 4 final trainings: the same losses, epochs and numbers of weights as in the "
        "journal",
    ]


def test_a_study_without_a_search_is_reported_by_its_final_trainings():
    lines = shown(Replayed(None, {}, (ReplayedItems("finals", 1, 0),), 1, True))
    assert lines[0] == "stage finals 1 result: what the stage asks for"
    assert len(lines) == 2


def test_trainings_are_counted_named_and_told_apart():
    different = {f"network {n}": LOSS for n in range(8)}
    scores = Difference("scores.csv.0.value", "", "")
    trained = Retrained(1180, different, {"its process died": 2}, 12, scores)
    search = ReplayedSearch("network", 1200, 1190, 2, (), 1190, True, "colony")
    lines = shown(Replayed(search, {}, (), 0, True, trained))
    assert lines[5].startswith(
        "trained again 1,180 of 1,188 trainings agree to the last bit, 12 of them final trainings:"
    )
    assert lines[6:11] == [f"network {n} differs in `loss` (there 0.25, now 0.5)" for n in range(5)]
    assert lines[11] == "and 3 more"
    assert lines[12] == "not comparable, 2 times: its process died"
    assert lines[13].startswith("scores on validation differ in `scores.csv.0.value`")
    assert different_line(trained).startswith("8 of 1,188 trainings came out otherwise")


def test_scores_alone_may_come_out_otherwise():
    trained = Retrained(3, {}, {}, 0, Difference("front.csv.valid_mae.0", "'1'", "'2'"))
    assert not trained.is_same
    assert different_line(trained).startswith("The scores on validation came out otherwise")


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
        "Asked again: 10 candidates",
        "Asked again: 20 candidates",
        "Asked again: 30 candidates",
        "Trained again: 1 of 20",
        "Trained again: 2 of 20, 1 came out otherwise",
    ]
