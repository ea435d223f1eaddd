"""Whatever somebody else puts into a league's folder ends in our own error, or does no harm."""

import contextlib
import io
import os
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellcolony.cli.report import report
from cellcolony.errors import CellcolonyError
from cellcolony.runs.league import run_league
from cellcolony.runs.league.folder import LEAGUE
from tests.runs.damage import VALUES, Tree, damaged, make_special
from tests.runs.hostile import examples, guarded, where
from tests.runs.leagues import quick, write_league

RUN_FILES = ("config.toml", "result.toml", "scores.csv", "front.csv")
FILES = (LEAGUE, *(f"wave/seed-0/{name}" for name in RUN_FILES))
ENTRIES = (
    LEAGUE, "lock", "results.csv", "league.svg", "report.html", "report.html.part", "wave",
    "wave/seed-0",
)  # fmt: skip


class Attack:
    """The folder of a finished league, which is damaged, and a secret beside it."""

    def __init__(self, folder):
        self.whole, self.path = folder / "whole", folder / "league"
        self.secret = folder / "elsewhere"
        self.secret.mkdir()
        (self.secret / "file").write_text("secret")
        self.league = quick(write_league(folder), seeds=1)
        run_league(self.league, self.whole)

    def prepare(self):
        shutil.rmtree(self.path, ignore_errors=True)
        return shutil.copytree(self.whole, self.path)

    def bug(self):
        """Return what the commands did that they may not do; None if there is nothing."""
        said = io.StringIO()
        for read in (lambda: report(self.path), lambda: run_league(self.league, self.path)):
            try:
                with guarded(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    read()
            except CellcolonyError:
                pass
            except BaseException as error:
                return where(error)
        found = [path.name for path in self.secret.iterdir()]
        untouched = found == ["file"] and (self.secret / "file").read_text() == "secret"
        return None if untouched else f"it wrote elsewhere: {found}"


@pytest.fixture(scope="module")
def attack(tmp_path_factory):
    return Attack(tmp_path_factory.mktemp("hostile-league"))


def test_a_finished_league_is_shown_as_it_is(attack):
    report(attack.prepare())
    assert "Models over 2 tasks" in (attack.path / "report.html").read_text()
    assert attack.bug() is None


@examples(10)
@given(st.data())
def test_damaged_bytes_do_no_harm(attack, data):
    path = attack.prepare() / data.draw(st.sampled_from(FILES))
    path.write_bytes(damaged(data, path.read_bytes()))
    assert attack.bug() is None


@examples(12)
@given(st.data())
def test_fields_that_cannot_be_do_no_harm(attack, data):
    tree = Tree(attack.prepare() / data.draw(st.sampled_from(FILES)))
    tree.put(data.draw(st.sampled_from(tree.places)), data.draw(st.sampled_from(VALUES)))
    assert attack.bug() is None


@pytest.mark.parametrize("kind", ["folder", "pipe", "link out", "dangling link", "loop", "device"])
@pytest.mark.parametrize("entry", ENTRIES)
def test_what_is_no_file_of_the_league_is_neither_waited_for_nor_followed(attack, entry, kind):
    make_special(attack.prepare() / entry, kind, attack.secret)
    assert attack.bug() is None


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_ten_gigabytes_is_not_read(attack, name):
    os.truncate(attack.prepare() / name, 10 << 30)
    assert attack.bug() is None


@pytest.mark.parametrize(
    "line", ["seeds = 1000000000000", "seeds = 0", "seed = -1", "seeds = true", 'tasks = "all"']
)
def test_a_league_without_end_is_refused(attack, line):
    path = attack.prepare() / LEAGUE
    key = line.partition(" ")[0]
    kept = [one for one in path.read_text().splitlines() if not one.startswith(f"{key} =")]
    path.write_text("\n".join([line, *kept]))
    with pytest.raises(CellcolonyError, match=rf"league\.toml.*({key}|TOML)"), guarded():
        report(attack.path)
