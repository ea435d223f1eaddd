"""The live table in another terminal, beside that of the run itself."""

import io
import os
import shutil
from copy import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from cellcolony.errors import RunError
from cellcolony.report import watch_view
from cellcolony.report.live import table_of
from cellcolony.report.log import Log
from cellcolony.report.progress import Progress
from cellcolony.report.watch_view import picture, watch_run
from cellcolony.runs.events import Asked, Done, SearchStarted
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.runs.watch.following import Following
from cellcolony.tasks.forecast import Forecast
from tests.report.test_progress import text_of
from tests.runs.settings import ANTS, TRAINING

STAGES = SearchStage(), ControlStage(), RivalsStage(names=("persistence", "ridge")), ScoresStage()


@pytest.fixture(scope="module")
def task():
    time = np.arange(300)
    frame = pd.DataFrame({"wave": 50 + 20 * np.sin(time / 7), "other": np.cos(time / 7)})
    return Forecast.from_frames(frame, ["wave"])


def without_the_search_before(progress):
    """Return the table without the line of a search that has ended, whose time files round."""
    lines = text_of(table_of(progress), width=200).splitlines()
    return [line for line in lines if not line.startswith("Search: ") or "seed" in line]


class Pair:
    """What a study's own display shows, and what another terminal shows at the same time."""

    def __init__(self, path):
        self.path, self.n_compared, self.log, self.run = path, 0, [], None
        self.live = Progress(lambda: 0.0 if self.run is None else self.run.seconds)
        self.seen = Progress(self.live.clock)
        self._log = Log(self.log.append, self.live)

    def observe(self, event):
        if isinstance(event, (Asked, Done)):
            self.run = self.run or Following(self.path)
        if isinstance(event, (Asked, Done, SearchStarted)) and self.run is not None:
            self.look()
        self._log.observe(event)
        if isinstance(event, (Asked, Done)):
            seen, live = (without_the_search_before(one) for one in (self.seen, self.live))
            assert seen == live
            self.n_compared += 1

    def look(self):
        assert self.run is not None
        for seen in self.run.look():
            self.seen.observe(seen)


@pytest.fixture(scope="module", params=["arrival", "strict"])
def ended(request, task, tmp_path_factory):
    """A run that was followed from its first event to its last."""
    pair = Pair(tmp_path_factory.mktemp("runs") / "my run")
    study = Study.of(task, ANTS, training=TRAINING, stages=STAGES, seed=3, order=request.param)
    study.run("30 networks", out=pair.path, workers=2, on_event=pair.observe)
    pair.look()
    return pair


def test_the_table_is_that_of_the_run_itself_at_every_event(ended):
    assert ended.n_compared == 2 * 60  # of the search, and of its control
    text = text_of(table_of(ended.seen))
    assert "Search: seed 3, 2 workers, until 30 networks" in text
    assert "30 of 30" in text


def test_the_last_state_of_an_ended_run_is_that_of_the_run_itself(ended):
    live, seen = (one.searches for one in (ended.live, ended.seen))
    assert list(live) == list(seen) == ["Search", "random search"]
    for title in live:
        assert live[title].ended.reason == seen[title].ended.reason
        assert seen[title].seconds == pytest.approx(live[title].seconds, abs=1e-3)
        shown = [copy(one[title]) for one in (live, seen)]
        for one in shown:  # files round, at times to another tenth
            one.ended = replace(one.ended, seconds=1.0)
            one.started, one.clock, one._began = None, None, 0.0
        assert shown[0] == shown[1]


def text_once(path):
    return text_of(picture(path))


def test_one_look_at_an_ended_run_shows_all_and_no_sign_of_life(ended):
    text = text_of(picture(ended.path), width=200)
    assert text.startswith(text_of(table_of(ended.seen), width=200).partition("The study")[0])
    assert "The search ended: 30 networks were done." in text
    assert "Random search: " in text
    for stage in ("search", "control", "rivals", "scores on the test split"):
        assert [stage, "done"] in [line.rsplit(maxsplit=1) for line in text.splitlines()]
    assert text.splitlines()[-1].strip() == "The study has ended."
    assert "Last written" not in text


def test_the_log_of_a_run_is_the_same_from_outside(ended, capsys):
    watch_run(ended.path)
    lines, own = capsys.readouterr().out.splitlines(), ended.log[1:]
    assert lines[0] == own[0]
    assert lines[1].partition(" per ")[2] == own[1].partition(" per ")[2]
    assert lines[2].partition(" per ")[2] == own[2].partition(" per ")[2]
    assert (lines[3], own[3]) == ("The search ended.", "The search ended: 30 networks were done.")
    begun = lines.index("Random search: seed 3, 2 workers, until 30 networks")
    assert lines[begun] in own
    assert lines[-6:] == [
        "Rivals: 0 of 2 done.", "1 of 2: persistence is done.", "2 of 2: ridge is done.",
        lines[-3], "The search ended: 30 networks were done.", "The study has ended.",
    ]  # fmt: skip
    assert lines[-3].startswith("Scores on the test split: 0 of ")
    assert own[-4].startswith("Rivals: persistence, ridge; fixed networks,")
    assert own[-3:-1] == lines[-5:-3]
    assert own[-1].startswith("Scoring on the test split: 0 of ")


class Revived:
    """An ended run that is written again line by line, one each time that somebody waits."""

    def __init__(self, ended, path):
        self.ended, self.path, self.n_waited = ended, path, 0
        shutil.copytree(ended.path / "champions", path / "champions")
        for name in ("config.toml", "checkpoint.json"):
            shutil.copy(ended.path / name, path)
        lines = (ended.path / "journal.jsonl").read_bytes().splitlines(keepends=True)
        self.lines = [line for line in lines if b'"stage": ' not in line]

    def wait(self, seconds):
        self.n_waited += 1
        if self.lines:
            with (self.path / "journal.jsonl").open("ab") as file:
                file.write(self.lines.pop(0))
        elif not (self.path / "control").exists():
            shutil.copytree(self.ended.path / "control", self.path / "control")
            (self.path / "control" / "journal.jsonl").touch()
        else:
            shutil.copy(self.ended.path / "result.toml", self.path)


@pytest.fixture
def revived(ended, tmp_path, monkeypatch):
    revived = Revived(ended, tmp_path / "my run")
    monkeypatch.setattr(watch_view.time, "sleep", revived.wait)
    return revived


def test_a_run_is_watched_until_it_ends(revived, monkeypatch):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=90)
    monkeypatch.setattr(watch_view, "Console", lambda: console)
    watch_run(revived.path)
    assert revived.n_waited == 62
    last = screen.getvalue()[screen.getvalue().rindex("Search: seed 3") :]
    assert "30 of 30" in last
    assert "The search ended: 30 networks were done." in last
    assert "Last written" not in last


def test_the_log_of_a_run_that_is_watched_says_what_goes_on(revived, capsys):
    watch_run(revived.path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Search: seed 3, 2 workers, until 30 networks"
    assert "networks 1 of 30 done" in lines[1]
    assert "networks 30 of 30 done" in lines[2]
    assert lines[3:6] == [
        "The search ended.", "Control: 0 of 30 done.",
        "Random search: seed 3, 2 workers, until 30 networks",
    ]  # fmt: skip
    assert lines[-3:] == [
        "Random search ended: 30 networks were done.", "The search ended: 30 networks were done.",
        "The study has ended.",
    ]  # fmt: skip


def test_a_picture_says_which_stage_is_under_way(revived):
    for _ in range(20):
        revived.wait(0.5)
    lines = text_of(picture(revived.path), width=200).splitlines()
    n_done = (revived.path / "journal.jsonl").read_text().count('"done"')
    *stages, left = [" ".join(line.split()) for line in lines[-6:-1]]
    assert [one.partition(", about")[0] for one in stages] == [
        f"search under way: {n_done} of 30 done", "control to come", "rivals to come",
        "scores on the test split to come",
    ]  # fmt: skip
    assert left.endswith("known yet: rivals, scores on the test split.") == bool(n_done)


def test_a_run_that_has_just_begun_is_starting(revived):
    text = text_once(revived.path)
    assert "0 of 30" in text
    assert "Starting. Last written" in text


def test_a_run_that_is_quiet_for_long_may_have_died(revived):
    for _ in range(10):
        revived.wait(0.5)
    text = text_once(revived.path)
    assert "Last written" in text
    assert "Starting" not in text
    written = (revived.path / "journal.jsonl").stat().st_mtime - 3 * 3600
    for file in revived.path.iterdir():
        os.utime(file, (written, written))
    text = text_of(picture(revived.path), width=200)
    assert "Nothing was written for 3 h 00 min. If the run has died: cellcolony resume '" in text
    assert f"{revived.path.name}'" in text


def test_the_log_tells_of_a_long_silence_seldom(revived, monkeypatch, capsys):
    for _ in range(50):
        revived.wait(0.5)
    n_done = (revived.path / "journal.jsonl").read_text().count('"done"')
    quiet = [*range(0, 600, 10), *range(0, 100, 10)]
    monkeypatch.setattr(Following, "quiet_seconds", property(lambda run: quiet[0]))

    def wait(seconds):
        del quiet[0]
        if not quiet:
            raise KeyboardInterrupt

    monkeypatch.setattr(watch_view.time, "sleep", wait)
    with pytest.raises(KeyboardInterrupt):
        watch_run(revived.path)
    _, first, *lines = capsys.readouterr().out.splitlines()
    assert "networks 1 of 30 done" in first
    assert all(f"networks {n_done} of 30 done" in line for line in lines[::2])
    assert [line.partition(". ")[0] for line in lines[1::2]] == [
        f"Nothing was written for {quiet}"
        for quiet in ("1 min 00 s", "2 min 00 s", "4 min 00 s", "8 min 00 s", "1 min 00 s")
    ]


def test_a_run_that_is_resumed_goes_on_being_shown(ended, task, tmp_path):
    path = tmp_path / "run"
    shutil.copytree(ended.path, path)
    run = Following(path)
    progress, live, texts = Progress(lambda: run.seconds), Progress(), []

    def look(event=None):
        if event is not None:
            live.observe(event)
        for seen in run.look():
            progress.observe(seen)
        texts.append(text_of(table_of(progress)))

    look()
    resume(path, "32 networks", workers=1, task=task, on_event=look)
    look()
    assert "The search ended: 30 networks were done." in texts[0]
    control, own = sorted({text.splitlines()[0] for text in texts if "32 networks;" in text})
    assert "Search: seed 3, 1 worker, until 32 networks; it goes on after 30 networks" in own
    assert "Random search: seed 3, 1 worker, until 32 networks; it goes on after 30" in control
    assert any("ended" not in text and "30 of 32" in text for text in texts)
    assert "The search ended: 32 networks were done." in texts[-1]
    for title, search in live.searches.items():  # which has not seen the session before
        assert len(search._losses) == 32 - search.n_failed
        assert search.median == progress.searches[title].median


def test_what_an_ending_says_cannot_steer_the_terminal(revived):
    revived.wait(0.5)
    (revived.path / "result.toml").write_text(
        'reason = "\\u001b[2Jgone"\nsearch_seconds = 1.0\ninterrupted = false\n'
        'budget = ""\nworkers = 1\n'
    )
    text = text_once(revived.path)
    assert "The search ended: ?[2Jgone." in text


def test_damage_that_comes_later_ends_the_watch_in_our_own_error(revived):
    revived.lines[3] = b"nonsense\n"
    with pytest.raises(RunError, match=r"journal\.jsonl, line 4: expected a line"):
        watch_run(revived.path)
