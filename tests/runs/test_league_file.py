"""What the file of a league may say, and how a fault in it is told."""

import pytest

from cellcolony.errors import ConfigError, DataError
from cellcolony.networks.protocol import protocol
from cellcolony.runs.league import read_league
from cellcolony.runs.league.plan import runs_of, wanted
from tests.runs.leagues import TASKS, forecast_of, quick, write_league


def test_each_table_is_a_task_whose_files_start_where_the_file_lies(tmp_path, monkeypatch):
    path = write_league(tmp_path / "there")
    monkeypatch.chdir(tmp_path)
    for named in (path, path.relative_to(tmp_path)):
        league = quick(named)
        assert [*league.tasks] == ["wave", "other"]
        task = forecast_of(league, "other")
        assert task.transform.horizon == 2
        assert task.columns.targets == ("other",)
    monkeypatch.chdir(tmp_path / "there")
    assert forecast_of(quick("league.toml"), "wave").fingerprint


def test_a_folder_whose_name_is_a_pattern_is_a_folder(tmp_path):
    path = write_league(tmp_path / "run[1]", '[wave]\nfiles = "data/*.csv"\ntarget = "wave"\n')
    assert forecast_of(quick(path), "wave").columns.targets == ("wave",)


def test_a_task_takes_every_argument_that_reads_data(tmp_path):
    path = write_league(tmp_path)
    time = "\n".join(
        f"2020-01-01 {i // 60:02d}:{i % 60:02d};{i % 7},5;{i % 5 if i != 40 else '?'};1"
        for i in range(200)
    )
    (tmp_path / "data" / "odd.csv").write_text(f"at;y;x;not\n{time}\n", "utf-16")
    path.write_text(
        '[odd]\nfiles = "data/odd.csv"\ntarget = "y"\ninputs = ["y", "x"]\nignore = "not"\n'
        'time = "at"\nfill = "previous"\nscale = "minmax"\nsep = ";"\ndecimal = ","\nna = "?"\n'
        'encoding = "utf-16"\nholds_out_test = true\ncalendar = false\nhorizon = 3\n'
    )
    task = forecast_of(quick(path), "odd")
    assert task.settings.scale == "minmax"
    assert task.columns.inputs == ("y", "x")
    assert task.transform.horizon == 3


def test_a_preset_says_what_a_task_leaves_open(tmp_path):
    tasks = TASKS.replace("horizon = 2", 'horizon = 2\nscale = "none"')
    league = quick(write_league(tmp_path, tasks), preset="paper")
    assert league.usual["holds_out_test"] is False
    assert forecast_of(league, "wave").settings.scale == league.usual["scale"]
    assert forecast_of(league, "other").settings.scale == "none"


def test_a_protocol_by_name_is_as_the_preset_has_it_where_it_is_the_same(tmp_path):
    path = write_league(tmp_path)
    usual = read_league(path).training
    assert usual.updates > 0
    assert read_league(path, training=usual.name).training == usual
    assert read_league(path, training="paper").training == protocol("paper")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "there is no task"),
        ("[wave", "expected TOML"),
        ("wave = 3", r"\[wave\] must be a table"),
        ("[[wave]]\nfiles = 'a'", r"\[wave\] must be a table"),
        ("[wave]\ntarget = 'y'", r"\[wave\]: `files` is missing"),
        ("[wave]\nfiles = 'a.csv'", r"\[wave\]: `target` is missing"),
        ("[wave]\nfiles = 3\ntarget = 'y'", r"\[wave\]: `files` must be a text or a list of texts"),
        ("[wave]\nfiles = 'a'\ntarget = 'y'\nhorison = 2", r"Did you mean 'horizon'\?"),
        ("[wave]\nfiles = 'a'\ntarget = 'y'\nhorizon = 'two'", r"\[wave\]: `horizon` must be"),
        ("[wave]\nfiles = 'a'\ntarget = 'y'\nhorizon = 0", r"\[wave\]: `horizon` must be"),
        ("[wave]\nfiles = 'a'\ntarget = []", r"\[wave\]: `target` must name at least one column"),
        ("[wave]\nfiles = 'a'\ntarget = 'y'\nscale = 'zscor'", "Did you mean 'zscore'"),
        ("[wave]\nfiles = 'a'\ntarget = 'y'\nsep = ';;'", "`sep` must be one character"),
        ("[wave]\nfiles = 'a'\ntarget = 'y'\ncalendar = 1", r"\[wave\]: `calendar` must be"),
        ("['../wave']\nfiles = 'a'\ntarget = 'y'", "the name of a task must consist of"),
        ("['league.toml']\nfiles = 'a'\ntarget = 'y'", "the name of a task must consist of"),
        (f"[{'w' * 61}]\nfiles = 'a'\ntarget = 'y'", "the name of a task must consist of"),
    ],
)
def test_a_fault_is_told_by_file_table_and_key(tmp_path, text, message):
    path = write_league(tmp_path, text)
    with pytest.raises(ConfigError, match=message) as caught:
        quick(path)
    assert str(caught.value).startswith(str(path))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(ConfigError, match=r"league\.toml: the file cannot be read"):
        quick(tmp_path / "league.toml")
    league = quick(write_league(tmp_path, TASKS.replace("data/wave.csv", "data/wavy.csv")))
    with pytest.raises(DataError, match=r"wavy\.csv"):
        league.study("wave")


@pytest.mark.parametrize("seeds", [0, -1, True, 2.0, 50_001, 10**20])
def test_seeds_that_cannot_be_are_refused(tmp_path, seeds):
    with pytest.raises(ConfigError, match="`seeds` must be a whole number"):
        quick(write_league(tmp_path), seeds=seeds)


@pytest.mark.parametrize(
    ("options", "message"),
    [({"rivals": ["ridg"]}, "ridg"), ({"control": "chance"}, "chance"),
     ({"budget": "3 generations"}, "no generations")],
)  # fmt: skip
def test_what_no_task_could_be_run_with_is_refused_before_any_is(tmp_path, options, message):
    league = quick(write_league(tmp_path), **options)
    with pytest.raises(ConfigError, match=message):
        league.check()


def test_tasks_are_named_one_by_one_and_take_turns():
    assert wanted(("a", "b", "c"), ("c", "a")) == ("a", "c")
    assert wanted(("a", "b"), ()) == ("a", "b")
    with pytest.raises(ConfigError, match="Did you mean 'narma30'"):
        wanted(("narma30", "coal"), ("narma3",))
    assert [*runs_of(("a", "b"), 2, 5)] == [("a", 5), ("b", 5), ("a", 6), ("b", 6)]
