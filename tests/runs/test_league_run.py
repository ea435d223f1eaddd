"""Leagues that are run: each run a directory, gone on with, shared, and never mixed with others."""

import shutil
from typing import Any

import pandas as pd
import pytest

from cellcolony.errors import RunError
from cellcolony.report.league.files import PLOT, RANKS, RESULTS, write_league_files
from cellcolony.runs.events import ItemDone
from cellcolony.runs.league.folder import LEAGUE, is_league, read_facts
from cellcolony.runs.league.run import RunBegins, RunEnds, run_league
from cellcolony.runs.league.standing import read_standing
from cellcolony.runs.open import open_run
from cellcolony.runs.part import Part
from cellcolony.store.lock import LOCK
from tests.runs.leagues import TASKS, is_done, quick, write_league
from tests.runs.runs import Nth, interrupting, killed, killing, same

RUNS = [("wave", 0), ("other", 0), ("wave", 1), ("other", 1)]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return write_league(tmp_path_factory.mktemp("league"))


@pytest.fixture(scope="module")
def whole(file):
    """The folder of a league that has ended, and the events that there were."""
    seen = []
    path = file.parent / "whole"
    assert run_league(quick(file), path, on_event=seen.append) == ()
    write_league_files(path)
    return path, seen


@pytest.fixture
def copy(whole, tmp_path):
    return shutil.copytree(whole[0], tmp_path / "copy")


def begun(seen):
    return [(one.task, one.seed) for one in seen if isinstance(one, RunBegins)]


def results(path):
    """Return what stands in the tables, without the seconds that trainings took."""
    write_league_files(path)
    frame = pd.read_csv(path / RESULTS).drop(columns="seconds")
    return frame.to_csv(), (path / RANKS).read_text()


def test_each_run_is_an_ordinary_directory_and_tasks_take_turns(whole):
    path, seen = whole
    assert begun(seen) == RUNS
    assert [one.place for one in seen if isinstance(one, RunBegins)] == [1, 2, 3, 4]
    ended = [one for one in seen if isinstance(one, RunEnds)]
    for one in ended:
        result = open_run(path / one.task / f"seed-{one.seed}")
        assert (one.valid, one.test) == (result.error("valid"), result.error("test"))
        assert result.config.seed == one.seed
    assert {one.name for one in path.iterdir()} == {
        LEAGUE, LOCK, RESULTS, RANKS, PLOT, "report.html", "wave", "other"
    }  # fmt: skip
    assert is_league(path)
    assert not is_league(path / "wave" / "seed-0")


def test_what_is_read_is_what_the_runs_say(whole):
    path, _ = whole
    standing = read_standing(path)
    assert standing.missing == {}
    for run in standing.runs:
        result = open_run(path / run.task / f"seed-{run.seed}")
        assert run.error("evolved network") == result.error("test")
        assert {"evolved network", "persistence"} <= run.models.keys()
        assert len(run.models) == len(result.models)
        assert run.margins_between("evolved network", "persistence")
    rows = pd.read_csv(path / RESULTS)
    n_models = sum(len(run.models) for run in standing.runs)
    assert len(rows.query("measure == 'mae'")) == n_models * 2  # splits
    assert {"mae", "rmse", "mase", "r2"} <= set(rows.measure)
    one = rows.query("task == 'wave' and seed == 1 and model == 'evolved network'")
    own = open_run(path / "wave" / "seed-1").models[0]
    assert one.query("split == 'test' and measure == 'mae'").value.item() == own.value("test")
    assert set(one.name) == {own.model}


def test_a_league_that_has_ended_reads_no_data_and_runs_nothing(file, copy):
    league = quick(file)
    moved = type(league)(**{**vars(league), "folder": copy / "nowhere"})
    seen = []
    assert run_league(moved, copy, on_event=seen.append) == ()
    assert seen == []


@pytest.mark.parametrize("stage", ["search", "rivals"])
def test_a_killed_league_goes_on_as_if_undisturbed(file, whole, tmp_path, stage):
    path = tmp_path / "killed"
    at = {"search": nth_done(5), "rivals": Nth(ItemDone, 1)}[stage]
    kill: Any = killing(at)
    with killed():
        run_league(quick(file), path, on_event=kill)
    assert read_standing(path).missing
    seen = []
    assert run_league(quick(file), path, on_event=seen.append) == ()
    assert begun(seen) == {"search": RUNS[2:], "rivals": RUNS}[stage]
    for task, seed in RUNS:
        name = f"{task}/seed-{seed}"
        same(open_run(path / name), open_run(whole[0] / name))
    assert results(path) == results(whole[0])


def nth_done(n):
    """Return what is true at the n-th candidate that is judged: each run has two."""
    seen = [0]

    def is_it(event):
        seen[0] += is_done(event)
        return is_done(event) and seen[0] == n

    return is_it


@pytest.mark.parametrize("n", [3, 4])
def test_an_interrupted_run_ends_and_no_other_begins_and_both_go_on(file, whole, tmp_path, n):
    path, seen = tmp_path / "interrupted", []
    league = quick(file, budget="4 networks")
    interrupt = interrupting(nth_done(4 + n))

    def observe(event):
        seen.append(event)
        interrupt(event)

    assert run_league(league, path, on_event=observe) == ()
    assert begun(seen) == RUNS[:2]
    told = read_standing(path).missing.get(("other", 0))
    n_done = open_run(path / "other" / "seed-0").n_done
    assert told == (None if n_done == 4 else "it was interrupted, and its budget is not spent")
    again = []
    assert run_league(league, path, on_event=again.append) == ()
    assert begun(again) == RUNS[1:], "also where the search was at its end when it was interrupted"
    assert read_standing(path).missing == {}
    assert open_run(path / "other" / "seed-0").n_done == 4


def test_parts_share_a_league_and_each_writes_its_own_runs(file, whole, tmp_path):
    path, seen = tmp_path / "shared", []
    run_league(quick(file), path, part=Part(2, 2), on_event=seen.append)
    assert begun(seen) == RUNS[1::2]
    assert not (path / "wave").exists()
    write_league_files(path)
    assert set(read_standing(path).missing.values()) == {"not run yet"}
    run_league(quick(file), path, part=Part(1, 2))
    assert results(path) == results(whole[0])


def test_only_the_tasks_that_are_named_are_run(file, tmp_path):
    seen = []
    run_league(quick(file), tmp_path / "one", only=["other"], on_event=seen.append)
    assert begun(seen) == [("other", 0), ("other", 1)]
    assert [*read_facts(tmp_path / "one").tasks] == ["wave", "other"]


def test_a_run_that_fails_is_told_and_ends_nothing(tmp_path):
    path = write_league(tmp_path, TASKS + '[bad]\nfiles = "data/bad.csv"\ntarget = "y"\n')
    (tmp_path / "data" / "bad.csv").write_text("y\n1\nx\n")
    out = tmp_path / "out"
    failed = run_league(quick(path), out)
    assert [(one.task, one.seed) for one in failed] == [("bad", 0), ("bad", 1)]
    assert "bad.csv" in failed[0].failure
    standing = read_standing(out, failed)
    assert len(standing.runs) == 4
    assert "bad.csv" in standing.missing["bad", 0]
    write_league_files(out, failed)
    assert "bad.csv" in (out / "report.html").read_text()
    (tmp_path / "data" / "bad.csv").unlink()
    (tmp_path / "data" / "wave.csv").rename(tmp_path / "data" / "bad.csv")
    (out / "wave").rename(tmp_path / "wave")
    path.write_text(TASKS.replace("wave.csv", "bad.csv"))
    with pytest.raises(RunError, match="holds another league"):
        run_league(quick(path), out)


def test_a_fault_of_our_own_in_one_run_does_not_end_the_others(file, tmp_path, monkeypatch):
    league, tried = quick(file), []

    def broken(self, task):
        tried.append(task)
        raise ZeroDivisionError("nothing to divide by")

    monkeypatch.setattr(type(league), "study", broken)
    failed = run_league(league, tmp_path / "out")
    assert len(failed) == len(tried) == 4
    assert failed[0].failure == "ZeroDivisionError: nothing to divide by"


def test_seeds_may_grow_and_tasks_be_added_and_known_rivals_are_not_fitted_again(copy, tmp_path):
    path = write_league(tmp_path, TASKS + '[third]\nfiles = "data/wave.csv"\ntarget = "wave"\n')
    seen = []
    assert run_league(quick(path, seeds=3), copy, on_event=seen.append) == ()
    assert begun(seen) == [("third", 0), ("third", 1), ("wave", 2), ("other", 2), ("third", 2)]
    assert read_facts(copy).seeds == 3
    items = [one.text for one in seen if isinstance(one, ItemDone) and one.stage == "rivals"]
    assert items.count("persistence is known.") == 2
    assert run_league(quick(path, seeds=1), copy) == ()
    assert read_facts(copy).seeds == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"budget": "3 networks"}, "budget"),
        ({"seed": 1}, "seed"),
        ({"rivals": ["ridge"]}, "rivals"),
        ({"control": "random"}, "control"),
        ({"preset": "paper"}, "usual"),
        ({"order": "arrival"}, "order"),
        ({"candidate_steps": 10}, "candidate_steps"),
    ],
)
def test_runs_with_other_settings_do_not_stand_side_by_side(file, whole, options, message):
    with pytest.raises(RunError, match=f"holds another league.*{message}"):
        run_league(quick(file, **options), whole[0])


def test_a_task_that_is_another_one_or_gone_is_refused(whole, tmp_path):
    path = write_league(tmp_path, TASKS.replace("horizon = 2", "horizon = 3"))
    with pytest.raises(RunError, match=r"tasks\.other\.horizon \(there 2, now 3\)"):
        run_league(quick(path), whole[0])


def test_seeds_of_one_task_are_never_run_on_different_data(file, copy, tmp_path):
    other = write_league(tmp_path)
    frame = pd.read_csv(tmp_path / "data" / "wave.csv")
    (frame * 2).to_csv(tmp_path / "data" / "wave.csv", index=False)
    failed = run_league(quick(other, seeds=3), copy)
    assert [(one.task, one.seed) for one in failed] == [("wave", 2), ("other", 2)]
    assert "seed-0 holds another study: fingerprint" in failed[0].failure
    shutil.rmtree(copy / "wave" / "seed-0")
    elsewhere = tmp_path / "elsewhere"
    run_league(quick(other, seeds=1), elsewhere, only=["wave"])
    shutil.copytree(elsewhere / "wave" / "seed-0", copy / "wave" / "seed-0")
    missing = read_standing(copy).missing
    assert missing["wave", 1] == "its data are not those of the task's other runs"


def test_a_folder_that_holds_something_else_is_left_alone(file, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "text.txt").write_text("mine")
    for out in (tmp_path / "mine", tmp_path / "mine" / "text.txt"):
        with pytest.raises(RunError, match="holds no league"):
            run_league(quick(file), out)
    assert [one.name for one in (tmp_path / "mine").iterdir()] == ["text.txt"]


def test_what_a_kill_left_before_the_league_was_begun_is_no_league_of_another(file, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    for name in (LOCK, f"{LEAGUE}.part"):
        (out / name).touch()
    assert run_league(quick(file, seeds=1), out, only=["wave"]) == ()


@pytest.mark.parametrize("folder", ["wave", "wave/seed-0"])
def test_a_link_in_the_place_of_a_run_is_not_followed(file, copy, tmp_path, folder):
    (copy / folder).rename(tmp_path / "moved")
    (copy / folder).symlink_to(tmp_path / "moved", target_is_directory=True)
    assert "is a link" in read_standing(copy).missing["wave", 0]
    failed = run_league(quick(file), copy)
    assert "is a link" in failed[0].failure
    assert (tmp_path / "moved").is_dir()


@pytest.mark.parametrize("name", ["config.toml", "result.toml", "scores.csv", "journal.jsonl"])
def test_a_damaged_run_is_told_and_the_others_count(file, copy, name):
    (copy / "wave" / "seed-0" / name).write_text("\x00 damage")
    standing = read_standing(copy)
    assert [*standing.missing] == [("wave", 0)]
    assert (
        name in standing.missing["wave", 0] or "candidates are done" in standing.missing["wave", 0]
    )
    write_league_files(copy)
    assert len({(one.task, one.seed) for one in standing.runs}) == 3
    failed = run_league(quick(file, seeds=3), copy, only=["wave"])
    assert [one.seed for one in failed] in ([0], [])  # an end that can be read is not looked behind
    assert open_run(copy / "wave" / "seed-2").outcome is not None
