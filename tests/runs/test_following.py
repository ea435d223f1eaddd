"""A run that is followed from outside, by its files alone."""

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import RunError
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint, write_checkpoint
from cellcolony.runs.events import Scoring, SearchEnded, SearchStarted
from cellcolony.runs.journal import Journal, asked_line, done_line
from cellcolony.runs.watching import growing
from cellcolony.runs.watching.following import Following
from cellcolony.runs.watching.tally import AskedLine, DoneLine, ToldAnew
from cellcolony.store.lock import locked
from tests.runs.fakes import small_network

KEPT = Path(__file__).parent / "kept" / "format-1"
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


@pytest.fixture
def run(tmp_path):
    """A run directory of a search that has just begun."""
    shutil.copy(KEPT / "config.toml", tmp_path)
    write_checkpoint(tmp_path, Checkpoint(TEN, {}, workers=2))
    return tmp_path


def append(run, content):
    with (run / "journal.jsonl").open("ab") as file:
        file.write(content)


def look(following):
    return list(following.look())


def counts(following):
    tally = following.tally
    return tally.n_asked, tally.n_done, tally.n_failed, tally.seconds


def test_a_run_without_a_journal_has_started(run):
    following = Following(run)
    assert look(following) == [SearchStarted(TEN, 2, 1, 0.0)]
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
        ToldAnew(), SearchStarted(TEN, 2, 1, 0.0), AskedLine(None), DoneLine(0, 0.5, 3),
    ]  # fmt: skip


def test_what_an_end_cut_short_counts_until_the_run_goes_on(run):
    cut = [done(1, 0.5, 3.0, cut_short=True), done(2, 0.25, 3.0, cut_short=True)]
    append(run, text(asked(0), asked(1), asked(2), done(0), *cut))
    following = Following(run)
    assert look(following)[-3:] == [DoneLine(0, None), DoneLine(1, 0.5, 6), DoneLine(2, 0.25, 9)]
    assert counts(following) == (3, 3, 1, 3.0)
    append(run, text(cut[1]))  # nothing has succeeded again
    assert look(following) == [
        ToldAnew(), SearchStarted(TEN, 2, 1, 0.0, 3.0, 1, 1), DoneLine(2, 0.25, 9),
    ]  # fmt: skip
    append(run, text(done(2, 0.75, 4.0), done(1, 0.5, 5.0)))
    assert look(following) == [
        ToldAnew(), SearchStarted(TEN, 2, 1, 0.0, 4.0, 1, 1), DoneLine(2, 0.75, 9),
        DoneLine(1, 0.5, 6),
    ]  # fmt: skip
    assert counts(following) == (3, 3, 1, 5.0)


def test_a_run_that_goes_on_otherwise_says_so(run):
    append(run, text(*LINES))
    following = Following(run)
    look(following)
    write_checkpoint(run, Checkpoint(TEN, {}, workers=2, serial=1))
    assert look(following) == []
    write_checkpoint(run, Checkpoint(Budget(20, 60.0), {}, workers=4))
    assert look(following) == [SearchStarted(Budget(20, 60.0), 4, 1, 0.0, 3.0, 3, 1)]


def test_scoring_and_the_end_are_seen_by_their_files_and_so_is_a_run_that_goes_on(run):
    append(run, text(*LINES))
    following = Following(run)
    look(following)
    (run / "champions" / "2").mkdir(parents=True)
    write_checkpoint(run, Checkpoint(TEN, {}, 3.5, workers=2))
    (run / "colony.safetensors").touch()
    assert look(following) == [SearchEnded("", 3.5), Scoring(1)]
    assert look(following) == []
    (run / "colony.safetensors").unlink()
    append(run, text(asked(3)))
    assert look(following) == [SearchStarted(TEN, 2, 1, 0.0, 3.0, 3, 1), AskedLine(None)]
    (run / "colony.safetensors").touch()
    shutil.copy(KEPT / "result.toml", run)
    append(run, text(done(3, 0.75)))
    assert look(following) == [DoneLine(3, 0.75), SearchEnded("4 networks were done", 0.091)]
    assert following.has_ended
    (run / "result.toml").unlink()
    (run / "colony.safetensors").unlink()
    assert look(following) == [SearchStarted(TEN, 2, 1, 0.0, 3.0, 4, 1)]
    assert not following.has_ended


def test_a_kept_run_of_format_1_can_be_followed():
    following = Following(KEPT)
    seen = look(following)
    assert seen[0] == SearchStarted(Budget(), None, 1, 0.0)
    assert seen[-1] == SearchEnded("4 networks were done", 0.091)
    assert counts(following)[:3] == (4, 4, 0)


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
    (run / "colony.safetensors").touch()
    now = (run / "journal.jsonl").stat().st_mtime
    os.utime(run / "colony.safetensors", (now - 5000, now - 5000))
    following = Following(run)
    for name, ago in (("journal.jsonl", 3000), ("colony.safetensors", 1000), ("journal.jsonl", 1)):
        os.utime(run / name, (now - ago, now - ago))
        look(following)
        assert ago <= following.quiet_seconds < ago + 300


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"nonsense\n", "Expecting value"),
        (b"[1]\n", "a line must be a table"),
        (b"\xff\n", "decode"),
        (b"[" * 100_000 + b"\n", "recursion"),
        (text({**asked(3), "event": "told"}), "`event` must be asked or done. Got 'told'"),
        (text(asked(4)), "candidate 3 is next. Got 4"),
        (text({**asked(3), "number": True}), "`number` must be a whole number. Got True"),
        (text({**asked(3), "how": [1]}), "`how` must be a table"),
        (text({**asked(3), "at": None}), "`at` must be a finite number. Got None"),
        (text(asked(3, entropy="high")), "`entropy` must be a finite number. Got 'high'"),
        (text(done(3, 0.5)), "candidate 3 was not asked, or was judged before"),
        (text(done(2, 0.5)), "candidate 2 was not asked, or was judged before"),
        (text({**asked(3), "at": 10**400}), "too large"),
    ],
)
def test_a_damaged_line_is_named(run, line, message):
    append(run, text(*LINES) + line)
    following = Following(run)
    with pytest.raises(RunError, match=r"journal\.jsonl, line 7 is damaged: ") as error:
        look(following)
    assert message in str(error.value)
    assert len(str(error.value)) < 400


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
    with pytest.raises(RunError, match="line 2 is damaged: the network asked under 0 cannot be"):
        look(Following(run))


def test_a_line_without_end_is_refused(run, monkeypatch):
    monkeypatch.setattr(growing, "LARGEST_LINE", 5000)
    append(run, text(*LINES) + b"x" * 4999)
    following = Following(run)
    look(following)
    append(run, b"x")
    with pytest.raises(RunError, match=r"line 7 is damaged: it is longer than 5,000 bytes"):
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
    assert look(Following(run)) == [SearchStarted(Budget(), None, 1, 0.0)]


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


@pytest.mark.parametrize("content", ["x", "format = 2", "format = 3", "a = [" * 9999])
def test_damaged_settings_are_named(run, content):
    (run / "config.toml").write_text(content)
    with pytest.raises(RunError, match=r"config\.toml"):
        Following(run)


@pytest.mark.parametrize(
    "change",
    [
        {"budget": None}, {"budget": {"n_networks": 0, "seconds": None, "loss": None}},
        {"budget": {"n_networks": 1.5, "seconds": None, "loss": None}},
        {"budget": {"n_networks": None, "seconds": "1", "loss": None}},
        {"workers": [2]}, {"workers": -1}, {"seconds": "x"},
    ],
)  # fmt: skip
def test_a_damaged_checkpoint_leaves_the_terms_unknown(run, change):
    body = json.loads((run / "checkpoint.json").read_text())
    (run / "checkpoint.json").write_text(json.dumps({**body, **change}))
    assert look(Following(run)) == [SearchStarted(Budget(), None, 1, 0.0)]


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_journal_damaged_anywhere_ends_in_our_own_error_or_is_read(tmp_path_factory, data):
    run = tmp_path_factory.mktemp("damaged")
    shutil.copy(KEPT / "config.toml", run)
    if data.draw(st.booleans()):
        content = bytearray(text(*LINES))
        at = data.draw(st.integers(0, len(content) - 1))
        content[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
        append(run, content)
    else:
        lines = [dict(line) for line in LINES]
        line = data.draw(st.sampled_from(lines))
        line[data.draw(st.sampled_from(sorted(line)))] = data.draw(ANY_JSON)
        append(run, text(*lines))
    with suppress(RunError):
        for event in Following(run).look():
            assert not isinstance(event, DoneLine) or event.loss is None or np.isfinite(event.loss)
