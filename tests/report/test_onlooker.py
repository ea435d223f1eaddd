"""The live table in another terminal, beside that of the run itself."""

import io
import os
import shutil
from copy import copy
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from cellcolony.report.onlooker import picture, watch_run
from cellcolony.runs.evolve import evolve
from cellcolony.runs.watching.following import Following
from rich.console import Console

from cellcolony.errors import RunError
from cellcolony.report import onlooker
from cellcolony.report.live import table_of
from cellcolony.report.log import Log
from cellcolony.report.progress import Progress
from cellcolony.runs.events import Asked, Done
from cellcolony.runs.resume import resume
from cellcolony.tasks.forecast import Forecast
from tests.report.test_progress import text_of
from tests.runs.settings import ANTS, TRAINING


@pytest.fixture(scope="module")
def task():
    time = np.arange(300)
    frame = pd.DataFrame({"wave": 50 + 20 * np.sin(time / 7), "other": np.cos(time / 7)})
    return Forecast.from_frames(frame, ["wave"])


class Pair:
    """What a run's own display shows, and what an onlooker's shows at the same time."""

    def __init__(self, path):
        self.path, self.n_compared, self.log, self.run = path, 0, [], None
        self.live = Progress(lambda: 0.0 if self.run is None else self.run.tally.seconds)
        self.seen = Progress(self.live.clock)
        self._log = Log(self.log.append, self.live)

    def observe(self, event):
        if isinstance(event, (Asked, Done)):
            self.run = self.run or Following(self.path)
            self.look()
        self._log.observe(event)
        if isinstance(event, (Asked, Done)):
            assert text_of(table_of(self.seen)) == text_of(table_of(self.live))
            self.n_compared += 1

    def look(self):
        assert self.run is not None
        for seen in self.run.look():
            self.seen.observe(seen)


@pytest.fixture(scope="module", params=["arrival", "strict"])
def ended(request, task, tmp_path_factory):
    """A run that was followed from its first event to its last."""
    pair = Pair(tmp_path_factory.mktemp("runs") / "my run")
    evolve(
        task, ANTS, "30 networks", seed=3, workers=2, protocol=TRAINING, order=request.param,
        out=pair.path, on_event=pair.observe,
    )  # fmt: skip
    pair.look()
    return pair


def test_the_table_is_that_of_the_run_itself_at_every_event(ended):
    assert ended.n_compared == 60
    text = text_of(table_of(ended.seen))
    assert "Search: seed 3, 2 workers, until 30 networks" in text
    assert "30 of 30" in text


def test_the_last_state_of_an_ended_run_is_that_of_the_run_itself(ended):
    live, seen = ended.live, ended.seen
    assert seen.ended.reason == live.ended.reason
    assert seen.seconds == pytest.approx(live.seconds, abs=1e-3)
    live.scoring, live.rivals = 0, ""  # as the live table leaves it
    seen = copy(seen)
    seen.ended = replace(seen.ended, seconds=live.seconds)  # files round, at times to another tenth
    shown = [text_of(table_of(progress)).splitlines() for progress in (live, seen)]
    own, others = ([line for line in lines if "minute" not in line] for lines in shown)
    assert others == own


def text_once(path):
    return text_of(picture(path))


def test_one_look_at_an_ended_run_shows_all_and_no_sign_of_life(ended):
    text = text_once(ended.path)
    assert text == text_of(table_of(ended.seen))
    assert "The search ended: 30 networks were done." in text
    assert "Last written" not in text


def test_the_log_of_an_onlooker_is_that_of_the_run_itself(ended, capsys):
    watch_run(ended.path)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ended.log[1]
    assert lines[1].partition(" per ")[2] == ended.log[2].partition(" per ")[2]
    assert lines[2].partition(" per ")[2] == ended.log[3].partition(" per ")[2]
    assert lines[3:] == ["The search ended: 30 networks were done."]


class Revived:
    """An ended run that is written again line by line, one each time that somebody waits."""

    def __init__(self, ended, path):
        self.ended, self.path, self.n_waited = ended, path, 0
        shutil.copytree(ended.path / "champions", path / "champions")
        for name in ("config.toml", "checkpoint.json"):
            shutil.copy(ended.path / name, path)
        self.lines = (ended.path / "journal.jsonl").read_bytes().splitlines(keepends=True)

    def wait(self, seconds):
        self.n_waited += 1
        if self.lines:
            with (self.path / "journal.jsonl").open("ab") as file:
                file.write(self.lines.pop(0))
        elif not (self.path / "colony.safetensors").exists():
            shutil.copy(self.ended.path / "colony.safetensors", self.path)
        else:
            shutil.copy(self.ended.path / "result.toml", self.path)


@pytest.fixture
def revived(ended, tmp_path, monkeypatch):
    revived = Revived(ended, tmp_path / "my run")
    monkeypatch.setattr(onlooker.time, "sleep", revived.wait)
    return revived


def test_a_run_is_watched_until_it_ends(revived, monkeypatch):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=90)
    monkeypatch.setattr(onlooker, "Console", lambda: console)
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
    assert lines[3:] == [
        "The search ended. Scoring on the test split.",
        "The search ended: 30 networks were done.",
    ]


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
    os.utime(revived.path / "journal.jsonl", (written, written))
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

    monkeypatch.setattr(onlooker.time, "sleep", wait)
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
    progress, texts = Progress(lambda: run.tally.seconds), []

    def look(event=None):
        for seen in run.look():
            progress.observe(seen)
        texts.append(text_of(table_of(progress)))

    look()
    resume(path, "32 networks", workers=1, task=task, on_event=look)
    look()
    assert "The search ended: 30 networks were done." in texts[0]
    (heading,) = {text.splitlines()[0] for text in texts if "32 networks;" in text}
    assert "Search: seed 3, 1 worker, until 32 networks; it goes on after 30 networks" in heading
    assert any("ended" not in text and "30 of 32" in text for text in texts)
    assert "The search ended: 32 networks were done." in texts[-1]


def test_what_an_ending_says_cannot_steer_the_terminal(revived):
    revived.wait(0.5)
    (revived.path / "result.toml").write_text(
        'reason = "\\u001b[2Jgone"\nsearch_seconds = 1.0\ninterrupted = false\n'
    )
    text = text_once(revived.path)
    assert "The search ended: ?[2Jgone." in text


def test_damage_that_comes_later_ends_the_watch_in_our_own_error(revived):
    revived.lines[3] = b"nonsense\n"
    with pytest.raises(RunError, match=r"journal\.jsonl, line 4 is damaged"):
        watch_run(revived.path)
