"""The files of a front: a kill after any of them, or a reader beside them, finds a whole run."""

from itertools import pairwise

import pytest

from cellcolony.errors import RunError
from cellcolony.runs import directory, front_files
from cellcolony.runs import open as opening
from cellcolony.runs.front_files import read_champion, read_front
from cellcolony.runs.open import open_run
from cellcolony.runs.scores import read_scores
from tests.runs import settings


@pytest.fixture
def fronts(monkeypatch):
    """Note, after each file of a front is written, which candidates it names."""
    named, write = [], front_files.write_file

    def checked(path, *content):
        write(path, *content)
        front = read_front(path.parent)
        scored = {score.candidate for score in read_scores(path.parent)}
        for row in front:
            assert row.candidate in scored, path
            read_champion(path.parent, row.candidate, "network")
        if not named or named[-1] != front:
            named.append(front)

    monkeypatch.setattr(front_files, "write_file", checked)
    return named


def test_after_each_file_all_that_the_front_names_is_there(fronts, task, tmp_path):
    settings.forecast(task, ()).run("12 networks", out=tmp_path / "run")
    before = [{row.candidate for row in front} for front in fronts]
    assert any(former - later for former, later in pairwise(before))
    scored = {score.candidate for score in read_scores(tmp_path / "run")}
    assert scored - {None} == before[-1]
    open_run(tmp_path / "run")


def test_a_front_that_changes_while_it_is_read_is_read_again(task, tmp_path, monkeypatch):
    path = tmp_path / "run"
    settings.forecast(task, ()).run("4 networks", out=path)
    front, read = path / directory.FRONT, opening.read_scores

    def late(run):
        monkeypatch.setattr(opening, "read_scores", read)
        front_files.write_file(front, front.read_text())
        raise RunError("a candidate of the front has no score")

    monkeypatch.setattr(opening, "read_scores", late)
    assert open_run(path).front

    def broken(run):
        raise RunError("a score is damaged")

    monkeypatch.setattr(opening, "read_scores", broken)
    with pytest.raises(RunError, match="damaged"):
        open_run(path)
