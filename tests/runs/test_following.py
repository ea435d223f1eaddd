"""A study that is followed from outside, by its files alone."""

import json
import os
import shutil
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import RunError
from cellcolony.runs import journal
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint, Header, write_checkpoint
from cellcolony.runs.directory import Outcome
from cellcolony.runs.events import ItemDone, SearchEnded, SearchStarted, StageStarted
from cellcolony.runs.journal import Journal, asked_line, done_line
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.runs.watch.following import Following, StudyEnded
from cellcolony.runs.watch.states import StageState
from cellcolony.runs.watch.tally import AskedLine, DoneLine, ToldAnew
from cellcolony.store.lock import locked
from cellcolony.tasks.forecast import Forecast
from tests.runs.fakes import small_network
from tests.runs.settings import ANTS, TRAINING

STAGES = (SearchStage(), ControlStage(), RivalsStage(), ScoresStage())
RESULT = """budget = "10 networks"
workers = 2
reason = "4 networks were done"
interrupted = false
search_seconds = 0.091
"""
ENDED = StudyEnded(Outcome("10 networks", 2, "4 networks were done", False, 0.091))
TEN = Budget(n_networks=10)


def asked(number, at=1.0, **how):
    candidate = Candidate(number, small_network(n_hidden=number % 3), how=how)
    return {**asked_line(candidate, 0), "at": at}


def done(number, loss=None, at=2.0, cut_short=False):
    verdict = Evaluation.failed("it diverged")
    if loss is not None:
        verdict = Evaluation.succeeded(loss, np.ones(3, np.float32), (1.0, loss))
    return {**done_line(number, verdict, cut_short), "at": at}


def text(*lines):
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


LINES = (
    asked(0, entropy=0.5),
    asked(1),
    done(1),
    asked(2, at=2.5),
    done(0, 0.5, 3.0),
    done(2, 0.25),
)


def started(budget=TEN, workers: int | None = 2, seconds=0.0, n_done=0, n_failed=0, title="Search"):
    return SearchStarted(
        budget, workers, 1, Forecast.measure, 0.0, seconds, n_done, n_failed, title, "network"
    )


def stage(name, n, n_done=0, at=9.0):
    return {"event": "stage", "stage": name, "n": n, "done": n_done, "at": at}


def item(name, key, at=9.0, **result):
    return {"event": "item", "stage": name, "key": key, "result": result, "at": at}


@pytest.fixture(scope="session")
def config(task):
    return Study.of(task, ANTS, training=TRAINING, stages=STAGES, seed=1).config.to_toml()


def begin(folder, config):
    (folder / "config.toml").write_text(config)
    write_header(folder)
    return folder


def write_header(folder, budget=TEN, workers=2, **header):
    write_checkpoint(folder, Checkpoint(Header(budget=budget, workers=workers, **header), {}))


@pytest.fixture
def run(tmp_path, config):
    """A run directory of a study whose search has just begun."""
    return begin(tmp_path, config)


def append(run, content):
    with (run / "journal.jsonl").open("ab") as file:
        file.write(content)


def look(following):
    return list(following.look())


def counts(following):
    tally = following.search.tally
    return tally.n_asked, tally.n_done, tally.n_failed, tally.seconds


def test_a_run_without_a_journal_has_started(run):
    following = Following(run)
    assert look(following) == [started()]
    assert look(following) == []
    append(run, b"")
    assert look(following) == []
    append(run, text(*LINES[:1]))
    assert look(following) == [AskedLine(0.5)]


def test_the_lines_tell_losses_failures_and_the_size_of_the_best_network(run):
    append(run, text(*LINES, asked(3), done(3, 0.75)))
    following = Following(run)
    assert look(following)[1:] == [
        AskedLine(0.5), AskedLine(None), DoneLine(1, None), AskedLine(None), DoneLine(0, 0.5, 3),
        DoneLine(2, 0.25, 9), AskedLine(None), DoneLine(3, 0.75),
    ]  # fmt: skip
    assert counts(following) == (4, 4, 1, 3.0)


def test_a_line_that_comes_byte_by_byte_waits_until_it_is_whole(run):
    following, content = Following(run), text(*LINES)
    seen = look(following)
    for i in range(len(content)):
        append(run, content[i : i + 1])
        new = look(following)
        assert bool(new) == (content[i : i + 1] == b"\n")
        seen += new
    assert seen == look(Following(run))


def test_what_was_read_is_not_read_again(run):
    append(run, text(*LINES))
    following = Following(run)
    look(following)
    with (run / "journal.jsonl").open("r+b") as file:
        file.write(b"x" * len(text(*LINES[:-1])))
    append(run, text(asked(3), done(3, 0.75)))
    assert look(following) == [AskedLine(None), DoneLine(3, 0.75)]


def test_a_line_that_was_torn_at_any_byte_and_cut_off_by_a_resume_is_never_seen(run):
    torn, path = text(done(2, 0.25)), run / "journal.jsonl"
    for end in range(len(torn)):
        path.write_bytes(text(*LINES[:-1]))
        following = Following(run)
        look(following)
        append(run, torn[:end])
        assert look(following) == []
        Journal(path).close()
        assert look(following) == []
        append(run, text(done(2, 0.125)))
        assert look(following) == [DoneLine(2, 0.125, 9)]


def test_a_journal_that_lost_lines_is_told_anew(run):
    append(run, text(*LINES))
    following = Following(run)
    look(following)
    os.truncate(run / "journal.jsonl", len(text(*LINES[:3])))
    again = look(following)
    assert again == [ToldAnew(), *look(Following(run))]
    assert counts(following) == (2, 1, 1, 2.0)


def test_another_journal_under_the_same_name_is_told_anew(run):
    append(run, text(*LINES))
    following = Following(run)
    look(following)
    (run / "new").write_bytes(text(asked(0), done(0, 0.5), *[asked(i) for i in range(1, 9)]))
    os.replace(run / "new", run / "journal.jsonl")
    assert look(following)[:4] == [
        ToldAnew(), started(), AskedLine(None), DoneLine(0, 0.5, 3),
    ]  # fmt: skip


def test_what_an_end_cut_short_counts_until_the_run_goes_on(run):
    cut = [done(1, 0.5, 3.0, cut_short=True), done(2, 0.25, 3.0, cut_short=True)]
    append(run, text(asked(0), asked(1), asked(2), done(0), *cut))
    following = Following(run)
    assert look(following)[-3:] == [DoneLine(0, None), DoneLine(1, 0.5, 6), DoneLine(2, 0.25, 9)]
    assert counts(following) == (3, 3, 1, 3.0)
    append(run, text(cut[1]))  # nothing has succeeded again
    assert look(following) == [
        ToldAnew(), started(seconds=3.0, n_done=1, n_failed=1), DoneLine(2, 0.25, 9),
    ]  # fmt: skip
    append(run, text(done(2, 0.75, 4.0), done(1, 0.5, 5.0)))
    assert look(following) == [
        ToldAnew(), started(seconds=4.0, n_done=1, n_failed=1), DoneLine(2, 0.75, 9),
        DoneLine(1, 0.5, 6),
    ]  # fmt: skip
    assert counts(following) == (3, 3, 1, 5.0)


def test_a_run_that_goes_on_otherwise_says_so(run):
    append(run, text(*LINES))
    following = Following(run)
    look(following)
    write_header(run, serial=1)
    assert look(following) == []
    write_header(run, Budget(20, 60.0), 4)
    assert look(following) == [started(Budget(20, 60.0), 4, 3.0, 3, 1)]


def states(following):
    return [(one.state, one.n_done, one.n) for one in following.stages]


def seconds(following):
    return [one.seconds for one in following.stages]


def test_what_is_left_of_a_stage_takes_as_long_as_it_took_so_far(run):
    following = Following(run)
    look(following)
    assert seconds(following) == [None] * 4
    append(run, text(*LINES))
    look(following)
    assert seconds(following) == [7.0, 10.0, None, None]  # the control takes as long as the search
    append(run, text(stage("rivals", 4), item("rivals", "ridge-4", 11.0)))
    look(following)
    assert seconds(following) == [None, None, 6.0, None]
    append(run, text(stage("rivals", 4, 1, 1.0), item("rivals", "ridge-1", 5.0)))
    look(following)
    assert seconds(following) == [None, None, 6.0, None]  # both sessions count: 3 s each


def test_a_search_with_a_time_ends_then(run):
    write_header(run, Budget(seconds=60.0), seconds=20.0)
    following = Following(run)
    look(following)
    assert seconds(following)[:2] == [40.0, 60.0]
    write_header(run, Budget(10, 60.0), serial=1)
    append(run, text(*LINES))
    look(following)
    assert seconds(following)[:2] == [7.0, 10.0]  # whichever comes first


def test_stages_are_seen_by_their_lines_and_the_end_by_its_file(run):
    append(run, text(*LINES))
    following = Following(run)
    look(following)
    assert following.stages[0] == StageState("search", "under way", 3, 10, 7.0)
    assert states(following)[1:] == [("to come", 0, None)] * 3
    write_header(run, seconds=3.5)
    append(run, text(stage("rivals", 3, 1)))
    assert look(following) == [SearchEnded("", 3.5), StageStarted("rivals", "rivals", 3, 1)]
    assert look(following) == []
    append(run, text(item("rivals", "ridge-4", n_weights=5)))
    assert look(following) == [
        ItemDone("rivals", "ridge-4", "ridge-4 is done.", {"n_weights": 5}, 3, 2)
    ]
    assert states(following) == [
        ("done", 0, None), ("done", 0, None), ("under way", 2, 3), ("to come", 0, None),
    ]  # fmt: skip
    append(run, text(item("rivals", "gru 12 0123456789abcdef", failure="it diverged")))
    (failed,) = look(following)
    assert isinstance(failed, ItemDone)
    assert failed.text == "gru 12 failed: it diverged."
    assert following.stages[2].state == "done"
    append(run, text(item("test", "reading 1", models=[2, 5])))
    (scoring,) = look(following)
    assert isinstance(scoring, StageStarted)
    assert (scoring.stage, scoring.n) == ("scores", 2)
    (run / "result.toml").write_text(RESULT)
    assert look(following) == [ENDED]
    assert following.has_ended
    assert {one.state for one in following.stages} == {"done"}
    assert look(following) == []


def test_a_search_that_goes_on_after_other_stages_is_seen_and_they_are_to_come_again(run):
    append(run, text(*LINES, stage("rivals", 3), item("rivals", "ridge-4")))
    following = Following(run)
    look(following)
    append(run, text(asked(3)))
    assert look(following) == [started(seconds=3.0, n_done=3, n_failed=1), AskedLine(None)]
    assert states(following)[0] == ("under way", 3, 10)
    assert following.stages[2].state == "to come"
    append(run, text(stage("rivals", 7, 2)))
    assert look(following)[1:] == [StageStarted("rivals", "rivals", 7, 2)]
    (run / "result.toml").write_text(RESULT)
    assert look(following) == [ENDED]
    append(run, text(done(3, 0.75)))
    assert look(following) == [started(seconds=3.0, n_done=3, n_failed=1), DoneLine(3, 0.75)]
    (run / "result.toml").unlink()
    assert look(following) == [started(seconds=3.0, n_done=4, n_failed=1)]
    assert not following.has_ended


def test_the_control_is_followed_by_its_own_journal(run, config):
    append(run, text(*LINES))
    following = Following(run)
    look(following)
    (run / "control").mkdir()
    begin(run / "control", config)
    assert look(following) == [
        SearchEnded("", 3.0), StageStarted("control", "control", 3, 0, False),
        started(title="random search"),
    ]  # fmt: skip
    append(run / "control", text(asked(0), asked(1), done(0, 0.5)))
    assert look(following) == [AskedLine(None), AskedLine(None), DoneLine(0, 0.5, 3)]
    assert states(following)[:2] == [("done", 0, None), ("under way", 1, 3)]
    assert following.seconds == 2.0
    assert seconds(following)[:2] == [None, 4.0]  # two more as long as the first one
    append(run / "control", text(done(1), asked(2), done(2, 0.7)))
    (run / "control" / "result.toml").write_text(RESULT)
    assert look(following)[-1] == SearchEnded("4 networks were done", 0.091)
    append(run, text(stage("rivals", 3)))
    assert look(following) == [StageStarted("rivals", "rivals", 3)]
    late = look(Following(run))
    titles = [one.title for one in late if isinstance(one, SearchStarted)]
    assert titles == ["Search", "random search"]
    assert late[-1] == StageStarted("rivals", "rivals", 3)


def test_a_search_that_goes_on_after_its_control_is_the_one_that_is_followed(run, config):
    append(run, text(*LINES))
    (run / "control").mkdir()
    begin(run / "control", config)
    append(run / "control", text(asked(0), done(0, 0.5)))
    following = Following(run)
    look(following)
    for file in (run / "control").iterdir():  # clocks of file systems tick slowly
        os.utime(file, ns=(file.stat().st_mtime_ns - 10**9,) * 2)
    append(run, text(asked(3)))
    assert look(following) == [started(seconds=3.0, n_done=3, n_failed=1), AskedLine(None)]
    assert (following.stages[0].state, following.stages[1].state) == ("under way", "to come")
    (run / "control" / "checkpoint.json").touch()
    append(run / "control", text(asked(1)))
    assert [type(one) for one in look(following)] == [
        SearchEnded, StageStarted, SearchStarted, AskedLine,
    ]  # fmt: skip


def test_a_control_that_lies_elsewhere_is_not_followed(run, tmp_path_factory, config):
    append(run, text(*LINES))
    elsewhere = begin(tmp_path_factory.mktemp("elsewhere"), config)
    (run / "control").symlink_to(elsewhere)
    with pytest.raises(RunError, match="control: the search cannot be read: it leads out"):
        look(Following(run))


@pytest.mark.parametrize("change", [{"n": -1}, {"n": None}, {"done": "x"}, {"done": True}])
def test_a_damaged_line_of_a_stage_is_named(run, change):
    append(run, text(*LINES, {**stage("rivals", 3), **change}))
    with pytest.raises(RunError, match="the line of a stage is damaged"):
        look(Following(run))


def test_what_is_kept_does_not_grow_with_the_run(run):
    following = Following(run)
    look(following)
    sizes = []
    for first in (0, 500):
        lines = [(asked(n), done(n, 1.0 / (n + 1))) for n in range(first, first + 500)]
        append(run, text(*(line for pair in lines for line in pair)))
        append(run, text(stage("rivals", 500), *(item("rivals", str(n)) for n in range(500))))
        look(following)
        parts = [following.search.tally, following.search, following]
        sizes.append([len(one) for part in parts for one in vars(part).values() if _has_len(one)])
    assert sizes[0] == sizes[1]


def _has_len(value):
    return isinstance(value, (dict, list, set, tuple))


def test_a_run_is_left_as_it_is_and_its_master_is_not_refused(run):
    append(run, text(*LINES)[:-3])
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in run.iterdir()}
    following = Following(run)
    for seen in following.look():
        with locked(run):
            assert seen
        (run / "lock").unlink()
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in run.iterdir()} == before


def test_the_time_since_a_run_wrote_something_is_told_by_the_newest_file(run):
    append(run, text(*LINES))
    now = (run / "journal.jsonl").stat().st_mtime
    for file in run.iterdir():
        os.utime(file, (now - 5000, now - 5000))
    following = Following(run)
    for name, ago in (("journal.jsonl", 3000), ("checkpoint.json", 1000), ("journal.jsonl", 1)):
        os.utime(run / name, (now - ago, now - ago))
        look(following)
        assert ago <= following.quiet_seconds < ago + 300


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"nonsense\n", "Expecting value"),
        (b"[1]\n", "expected an object"),
        (b"\xff\n", "decode"),
        (b"[" * 100_000 + b"\n", "recursion"),
        (text({**asked(3), "event": "told"}), "whose `event` is asked, done, stage or item"),
        (text(asked(4)), "candidate 3 is next. Got 4"),
        (text({**asked(3), "number": True}), "`number` cannot be True"),
        (text({**asked(3), "how": [1]}), "`how` must be a table"),
        (text({**asked(3), "at": None}), "`at` cannot be None"),
        (text(asked(3, entropy="high")), "`entropy` must be a finite number. Got 'high'"),
        (text(asked(3, generation=0.5)), "`generation` must be a whole number. Got 0.5"),
        (text(done(3, 0.5)), "candidate 3 was not asked, or was judged before"),
        (text(done(2, 0.5)), "candidate 2 was not asked, or was judged before"),
        (text({**asked(3), "at": 10**400}), "`at` cannot be"),
    ],
)
def test_a_damaged_line_is_named(run, line, message):
    append(run, text(*LINES) + line)
    following = Following(run)
    with pytest.raises(RunError, match=r"journal\.jsonl, line 7") as error:
        look(following)
    assert message in str(error.value)
    assert len(str(error.value)) < 450


@pytest.mark.parametrize("value", ["0.5", None, [], float("nan"), float("inf"), True, 10**400])
def test_a_loss_that_cannot_be_is_refused(run, value):
    append(run, text(asked(0), {**done(0, 0.5), "loss": value}))
    with pytest.raises(RunError, match="line 2 is damaged"):
        look(Following(run))


@pytest.mark.parametrize(
    "network", [None, {}, {"nodes": 3}, {**asked(0)["network"], "edges": [[0, 99]]}]
)
def test_the_best_network_must_be_one(run, network):
    append(run, text({**asked(0), "network": network}, done(0, 0.5)))
    with pytest.raises(RunError, match="line 2 is damaged: the network asked under 0 is invalid"):
        look(Following(run))


def test_a_line_without_end_is_refused(run, monkeypatch):
    monkeypatch.setattr(journal, "LARGEST_LINE", 5000)
    append(run, text(*LINES) + b"x" * 4999)
    following = Following(run)
    look(following)
    append(run, b"x")
    with pytest.raises(RunError, match=r"line 7: .*it is longer than 5,000 bytes"):
        look(following)


def test_a_journal_that_grows_while_it_is_read_is_read_up_to_where_it_ended(run):
    append(run, text(*LINES))
    following = Following(run)
    events = following.look()
    assert isinstance(next(events), SearchStarted)
    assert isinstance(next(events), AskedLine)
    append(run, text(asked(3)))
    assert len(list(events)) == len(LINES) - 1
    assert look(following) == [AskedLine(None)]


def test_pipes_and_folders_are_no_files_of_a_run(run):
    for name in ("journal.jsonl", "result.toml"):
        for make in (os.mkfifo, os.mkdir):
            make(run / name)
            with pytest.raises(RunError, match=name):
                look(Following(run))
            (run / name).unlink() if make is os.mkfifo else (run / name).rmdir()
    (run / "checkpoint.json").unlink()
    os.mkfifo(run / "checkpoint.json")
    assert look(Following(run)) == [started(Budget(), None)]


def test_a_journal_that_is_removed_is_named(run):
    append(run, text(*LINES))
    following = Following(run)
    look(following)
    (run / "journal.jsonl").unlink()
    with pytest.raises(RunError, match=r"journal\.jsonl is gone"):
        look(following)


def test_what_is_no_run_is_refused_and_the_runs_of_seeds_are_named(run, tmp_path):
    with pytest.raises(RunError, match="none does not exist"):
        Following(run / "none")
    for seed in (10, 9):
        (run / "seeds" / f"seed-{seed}").mkdir(parents=True)
    with pytest.raises(RunError, match="is no run directory"):
        Following(run / "seeds")
    for seed in (10, 9):
        shutil.copy(run / "config.toml", run / "seeds" / f"seed-{seed}")
    with pytest.raises(RunError, match=r"several seeds: watch one of \S*seed-9, \S*seed-10\."):
        Following(run / "seeds")


@pytest.mark.parametrize(
    "content",
    ["x", "reason = 1", 'reason = "x"\nsearch_seconds = nan\ninterrupted = false', "a = [" * 9999],
)
def test_a_damaged_end_is_named(run, content):
    (run / "result.toml").write_text(content)
    with pytest.raises(RunError, match=r"result\.toml"):
        look(Following(run))


@pytest.mark.parametrize("content", ["x", "format = 2", "format = 4", "a = [" * 9999])
def test_damaged_settings_are_named(run, content):
    (run / "config.toml").write_text(content)
    with pytest.raises(RunError, match=r"config\.toml"):
        Following(run)


@pytest.mark.parametrize(
    "change",
    [
        {"budget": 1}, {"budget": {"n_networks": 0}}, {"budget": {"n_networks": 1.5}},
        {"budget": {"seconds": "1"}}, {"budget": {"seconds": 0}},
        {"workers": [2]}, {"workers": -1}, {"seconds": "x"},
    ],
)  # fmt: skip
def test_a_damaged_checkpoint_leaves_the_terms_unknown(run, change):
    body = json.loads((run / "checkpoint.json").read_text())
    (run / "checkpoint.json").write_text(json.dumps({**body, **change}))
    assert look(Following(run)) == [started(Budget(), None)]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_journal_damaged_anywhere_ends_in_our_own_error_or_is_read(
    tmp_path_factory, config, data
):
    run = tmp_path_factory.mktemp("damaged")
    (run / "config.toml").write_text(config)
    if data.draw(st.booleans()):
        content = bytearray(text(*LINES))
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        append(run, content)
    else:
        more = (stage("rivals", 2), item("rivals", "ridge-4"), item("test", "reading 1"))
        lines = [dict(line) for line in (*LINES, *more)]
        line = data.draw(st.sampled_from(lines))
        line[data.draw(st.sampled_from(sorted(line)))] = data.draw(ANY_JSON)
        append(run, text(*lines))
    with suppress(RunError):
        for event in Following(run).look():
            assert not isinstance(event, DoneLine) or event.loss is None or np.isfinite(event.loss)
