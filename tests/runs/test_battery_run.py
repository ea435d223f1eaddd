"""Batteries that are run, cut short and continued, in processes of their own."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from cellcolony.contract import Evaluation
from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.training import networks as network_training
from cellcolony.report.battery import battery_tables
from cellcolony.runs.battery.carry_out import carry_out
from cellcolony.runs.battery.folder import (
    BATTERY,
    BEGUN,
    RESULTS,
    RESULTS_OF_PARTS,
    Folder,
    stored_battery,
)
from cellcolony.runs.battery.grid import Configuration
from cellcolony.runs.battery.one_run import Job, run_job
from cellcolony.runs.battery.plan import parse_battery, read_battery
from cellcolony.runs.battery.record import read_records
from cellcolony.runs.battery.run import BatteryStarted, RunEnded, run_battery
from cellcolony.runs.budget import Budget
from cellcolony.runs.executors import pool
from cellcolony.runs.part import Part
from cellcolony.runs.result import Result
from cellcolony.runs.stage import STAGES
from cellcolony.runs.study import Study
from cellcolony.settings import plain
from cellcolony.store.lines import AppendedLines
from tests.runs.batteries import (
    QUICK,
    TEXT,
    begin_in_threads,
    line_of,
    record,
    write_series,
    write_text,
)
from tests.runs.doomed import Deadly, Hopeless

DATA = "0123456789abcdef"
"""A fingerprint, where nothing is run."""
COMMAND = (sys.executable, "-c", "import sys; from cellcolony.cli import main; sys.exit(main())")
SLOW = QUICK.replace("3 networks", "20 networks")


def without_times(records):
    """Return records by configuration and repeat, as if they had taken no time."""
    return {record.key: dataclasses.replace(record, seconds=0.0) for record in records}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with data and a battery, which is the current one."""
    folder = tmp_path_factory.mktemp("battery")
    write_series(folder)
    (folder / "quick.toml").write_text(QUICK)
    (folder / "slow.toml").write_text(SLOW)
    before = os.getcwd()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@pytest.fixture(scope="module")
def whole(folder):
    """The quick battery, run in one go on two workers, and what was told of it."""
    events = []
    records = run_battery(read_battery("quick.toml"), "whole", workers=2, on_event=events.append)
    return records, events


@pytest.fixture
def in_threads(monkeypatch):
    """Runs are carried out in this process: they begin at once."""
    begin_in_threads(monkeypatch)


def test_every_configuration_is_run_with_the_same_seeds(whole):
    records, events = whole
    assert [record.key for record in records] == [
        ("none", 0), ("none", 1), ("handed down", 0), ("handed down", 1), ("random", 0),
        ("random", 1),
    ]  # fmt: skip
    assert [record.seed for record in records] == [0, 1] * 3
    assert {record.n_candidates for record in records} == {3}
    assert all(record.failure is None and record.test > 0 for record in records)
    started = next(event for event in events if isinstance(event, BatteryStarted))
    assert (started.n_runs, started.n_finished) == (6, 0)
    assert sum(isinstance(event, RunEnded) for event in events) == 6


def test_a_run_is_the_study_with_its_seed(whole):
    battery = read_battery("quick.toml")
    chosen = battery.configurations[1]
    task = battery.data.load()
    stages = [STAGES[name]() for name in ("search", "scores")]
    study = Study.of(task, chosen.search, training=chosen.training, stages=stages, seed=1)
    result = study.run("3 networks")
    found = next(record for record in whole[0] if record.key == ("handed down", 1))
    assert found.loss == result.chosen.loss
    assert found.n_weights == result.best.n_weights
    assert (found.valid, found.test) == (result.error("valid"), result.error("test"))
    assert (found.measure, found.size) == ("mae", result.chosen.size)
    kinds = [node.kind for node in result.best.nodes if node.id in result.best.live]
    assert found.n_hidden == kinds.count("hidden")
    n_edges, used = len(result.best.edges), result.best.live_weights
    assert found.n_edges == used[:n_edges].sum()
    n_both = n_edges + len(result.best.recurrent_edges)
    assert found.n_recurrent_edges == used[n_edges:n_both].sum()
    assert 0 < found.entropy <= 1
    assert next(record for record in whole[0] if record.key[0] == "random").entropy is None


def test_a_finished_battery_needs_neither_data_nor_workers(whole, monkeypatch, tmp_path):
    place = Path("whole").resolve()
    battery = stored_battery(place)
    monkeypatch.chdir(tmp_path)  # where there is no series.csv
    assert run_battery(battery, place) == whole[0]


def test_what_a_kill_left_is_continued_and_comes_to_the_same(folder, whole, in_threads):
    lines = (folder / "whole" / RESULTS).read_text().splitlines(keepends=True)
    path = folder / "killed"
    path.mkdir()
    for name in (BATTERY, BEGUN):
        (path / name).write_text((folder / "whole" / name).read_text())
    (path / RESULTS).write_text("".join(lines[:4]) + lines[4][:50])
    events = []
    records = run_battery(read_battery("quick.toml"), path, on_event=events.append)
    assert sum(isinstance(event, RunEnded) for event in events) == 2
    assert without_times(records) == without_times(whole[0])
    again = (path / RESULTS).read_text().splitlines(keepends=True)
    assert again[:4] == lines[:4]
    assert len(again) == 6


def test_a_battery_that_is_killed_while_it_runs_is_continued(folder, in_threads):
    path = folder / "runs" / "slow"
    process = subprocess.Popen(
        [*COMMAND, "battery", "slow.toml", "--workers", "2"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip
    try:
        wait_for_lines(path / RESULTS, 2, process)
    finally:
        process.kill()
        process.wait(30)
    before = read_records(path / RESULTS)
    assert 2 <= len(before) < 6
    battery = read_battery("slow.toml")
    records = run_battery(battery, path)
    task = battery.data.load()
    uninterrupted = [
        run_job(Job(one, repeat, repeat, battery.budget), task)
        for one in battery.configurations
        for repeat in range(2)
    ]
    assert without_times(records) == without_times(uninterrupted)
    assert read_records(path / RESULTS)[: len(before)] == before


def test_ctrl_c_ends_a_battery_in_good_order(folder):
    (folder / "long.toml").write_text(QUICK.replace("3 networks", "1h"))
    process = subprocess.Popen(
        [*COMMAND, "battery", "long.toml", "--workers", "2"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder,
    )  # fmt: skip
    try:
        wait_for_lines(folder / "runs/long" / BATTERY, 1, process)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, stderr
    assert "Traceback" not in stderr
    assert read_records(folder / "runs/long" / RESULTS) == []
    assert "6 runs left" in stdout or "runs done" not in stderr
    assert "To go on: cellcolony battery runs/long" in stderr


def test_a_battery_has_one_writer_at_a_time(folder, tmp_path, in_threads):
    path = tmp_path / "battery"
    run_battery(read_battery("quick.toml", {"repeats": 1}), path)
    more = read_battery("quick.toml", {"repeats": 2})
    writing = closing(AppendedLines(path / RESULTS))
    with writing, pytest.raises(RunError, match="being written by another process"):
        run_battery(more, path)


def wait_for_lines(path, n_lines, process, seconds=120):
    """Wait until a file has so many lines."""
    deadline = time.monotonic() + seconds
    while not path.exists() or len(path.read_text().splitlines()) < n_lines:
        assert process.poll() is None, "it ended"
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.02)


def test_a_changed_battery_is_refused_and_the_change_is_named(folder, whole):
    changed = QUICK.replace("epochs = 1", "epochs = 2").replace("n_ants = 4\n", "")
    (folder / "changed.toml").write_text(changed)
    with pytest.raises(RunError, match=r"method.n_ants \(there 4, now nothing\)") as caught:
        run_battery(read_battery("changed.toml"), "whole")
    assert "training.epochs (there 1, now 2)" in str(caught.value)
    assert "cells" not in str(caught.value)


def test_comments_and_order_are_no_change_and_repeats_may_grow(folder, whole):
    text = "# a comment\n" + QUICK.replace("n_ants = 4\nn_layers = 1", "n_layers = 1\nn_ants = 4")
    (folder / "grown.toml").write_text(text.replace("repeats = 2", "repeats = 3"))
    opened = Folder.open(folder / "whole", read_battery("grown.toml"))
    assert [repeat for _, repeat in opened.left()] == [2, 2, 2]
    (folder / "less.toml").write_text(text.replace("repeats = 2", "repeats = 1"))
    with pytest.raises(RunError, match=r"repeats \(there 2, now 1\)"):
        Folder.open(folder / "whole", read_battery("less.toml"))


def test_another_baseline_or_summary_is_no_change(folder, whole):
    text = 'summary = "quick"\n' + QUICK.replace('baseline = "random"', 'baseline = "none"')
    (folder / "tables.toml").write_text(text)
    assert list(Folder.open(folder / "whole", read_battery("tables.toml")).left()) == []


def test_options_of_the_data_are_laid_over_those_that_began_the_folder_one_by_one(tmp_path):
    began = {"data": {"files": ["series.csv"], "target": ["other"]}, "budget": ["1 network"]}
    Folder.open(tmp_path / "b", parse_battery(QUICK, "q.toml", began)).begin(DATA).close()
    again = stored_battery(tmp_path / "b", {"data": {"target": ["wave"]}, "repeats": 4})
    assert again.data.options == {"files": ["series.csv"], "target": ["wave"]}
    assert (again.budget.n_networks, again.repeats) == (1, 4)


def test_a_preset_that_has_changed_since_is_refused(tmp_path):
    preset = tmp_path / "mine.toml"
    text = QUICK.replace("repeats = 2", f"repeats = 2\npreset = '{preset}'")
    head = 'summary = "x"\nsource = "me"\n[method]\nname = "ants"\n'
    preset.write_text(head + "max_skip = 2\n")
    begun = tmp_path / "begun"
    for _ in range(2):
        Folder.open(begun, parse_battery(text, "mine.toml", {})).begin(DATA).close()
    preset.write_text(head + "max_skip = 4\n")
    with pytest.raises(RunError, match=r"begun with other settings.*a preset.*has changed"):
        Folder.open(begun, parse_battery(text, "mine.toml", {})).begin(DATA)


def test_other_data_under_the_same_name_are_refused(folder, whole, tmp_path, monkeypatch):
    place = folder / "whole"
    write_series(tmp_path, phase=1.0)
    monkeypatch.chdir(tmp_path)
    battery = stored_battery(place, {"repeats": 3})
    with pytest.raises(RunError, match="begun on other data"):
        run_battery(battery, place)


def test_a_folder_of_something_else_is_left_alone(folder, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RunError, match=r"holds no battery: it has no battery\.toml"):
        run_battery(read_battery("quick.toml"), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(ConfigError, match="`workers` must be"):
        run_battery(read_battery("quick.toml"), tmp_path / "new", workers=0)


def test_a_torn_last_line_is_cut_off_before_the_next_is_written(tmp_path):
    path = tmp_path / RESULTS
    path.write_text(line_of(record("a")) + "\n" + line_of(record("b"))[:30])
    assert [found.configuration for found in read_records(path)] == ["a"]
    with closing(AppendedLines(path)) as lines:
        lines.append(plain(record("c")))
    assert [found.configuration for found in read_records(path)] == ["a", "c"]


def test_a_broken_line_before_the_last_is_named(tmp_path):
    path = tmp_path / RESULTS
    path.write_text('{"configuration": "a"}\n' + line_of(record("b")) + "\n")
    with pytest.raises(RunError, match=r"results\.jsonl, line 1: .*[Ee]xpected a run"):
        read_records(path)


@pytest.mark.parametrize(
    "damage",
    [
        {"configuration": ["a"]}, {"repeat": "0"}, {"repeat": None}, {"levels": None},
        {"test": "low"}, {"test": float("nan")}, {"valid": float("inf")}, {"n_weights": 1.5},
    ],
)  # fmt: skip
def test_a_line_with_a_value_that_cannot_be_is_named(tmp_path, damage):
    path = tmp_path / RESULTS
    path.write_text(json.dumps({**json.loads(line_of(record("a"))), **damage}) + "\n")
    with pytest.raises(RunError, match=r"results\.jsonl, line 1: .*[Ee]xpected a run"):
        read_records(path)


def test_a_record_is_read_as_it_was_written_and_later_keys_are_passed_over(tmp_path):
    one = record("a", entropy=0.5)
    line = json.dumps({**json.loads(line_of(one)), "of a later version": 1})
    path = tmp_path / RESULTS
    path.write_text(line + "\n")
    assert read_records(path) == [one]


def test_a_run_that_fails_or_kills_its_process_is_recorded_and_the_next_goes_on(task, monkeypatch):
    monkeypatch.setattr(pool, "MOST_DEATHS", 2)
    good, *_ = configurations()
    kinds = (Hopeless, Deadly, Configuration)
    jobs = [
        Job(
            kind(kind.__name__, good.settings, good.training, good.judge, good.method),
            0,
            0,
            Budget(n_networks=2),
        )
        for kind in kinds
    ]
    hopeless, deadly, sound = carry_out(jobs, task, (), 1)
    assert hopeless.failure == "MemoryError: it is too large"
    assert deadly.failure == "its process died 2 times, the last time with status 3"
    assert sound.failure is None
    assert sound == dataclasses.replace(run_job(jobs[2], task), seconds=sound.seconds)


def test_a_network_whose_forecasts_of_the_test_split_are_not_finite_fails_its_run(
    task, monkeypatch, tmp_path
):
    errors = {"valid": 0.5, "test": float("nan")}
    monkeypatch.setattr(Result, "error", lambda self, split: errors[split])
    found = run_job(Job(configurations()[0], 0, 0, Budget(n_networks=2)), task)
    assert "not finite (valid MAE 0.5, test MAE nan)" in str(found.failure)
    assert (found.n_candidates, found.n_failed, found.test) == (2, 0, None)
    (tmp_path / RESULTS).write_text(line_of(found) + "\n")
    assert read_records(tmp_path / RESULTS) == [found]


def test_a_study_that_could_train_nobody_is_a_failed_run_with_its_counts(task, monkeypatch):
    monkeypatch.setattr(
        network_training.NetworkTraining, "__call__", lambda *_: Evaluation.failed("it is a test")
    )
    found = run_job(Job(configurations()[0], 0, 0, Budget(n_networks=2)), task)
    assert "No candidate could be trained: it is a test (2 times)" in str(found.failure)
    assert (found.n_candidates, found.n_failed, found.valid) == (2, 2, None)


@pytest.fixture(scope="module")
def texts(folder):
    write_text(folder)
    (folder / "texts.toml").write_text(TEXT)
    return run_battery(read_battery("texts.toml"), "texts", workers=1, device="cpu")


def test_nodes_are_compared_by_the_perplexity_of_their_search_training(texts):
    assert [record.configuration for record in texts] == ["evolution", "random"]
    for one in texts:
        assert (one.failure, one.measure, one.test, one.n_hidden) == (
            None,
            "perplexity",
            None,
            None,
        )
        assert one.loss is not None
        assert one.valid == pytest.approx(np.exp(one.loss))
        assert one.n_weights > one.size > 0
        assert one.n_candidates == 2


def test_the_tables_of_nodes_are_of_perplexity(texts):
    tables = {table.file: table for table in battery_tables(read_battery("texts.toml"), texts)}
    assert "table_2.csv" not in tables
    assert "valid search perplexity mean" in tables["configurations.csv"].columns
    (row,) = tables["differences.csv"].rows
    assert row[0] == "evolution"
    assert row[1] == pytest.approx(texts[0].valid - texts[1].valid)


def test_with_a_final_training_it_is_that_which_counts_and_fixed_cells_take_part(folder, texts):
    lstm = '[[configuration]]\nlabel = "lstm"\nmethod = {name = "model", units = [4]}\n'
    battery = parse_battery(TEXT + lstm + "[final]\nschedule = {epochs = 2}", "final.toml", {})
    task = battery.data.load()
    evolution, _, fixed = (
        run_job(Job(one, 0, 0, battery.budget, "cpu"), task) for one in battery.configurations
    )
    assert evolution.loss == texts[0].loss
    assert evolution.test is not None, evolution.failure
    assert evolution.valid != texts[0].valid
    assert (fixed.failure, fixed.n_candidates, fixed.loss) == (None, 0, None)
    assert fixed.test is not None


def test_a_worker_that_cannot_begin_ends_the_battery(task):
    good, *_ = configurations()
    job = Job(good, 0, 0, Budget(n_networks=1))
    with pytest.raises(RunError, match="could not begin"):
        list(carry_out([job], task, ("nonsense",), 1))


def configurations():
    return parse_battery(QUICK, "quick.toml", {}).configurations


def test_parts_write_files_of_their_own_and_come_to_the_whole(folder, whole, in_threads):
    path = folder / "shared"
    battery = read_battery("quick.toml")
    first = run_battery(battery, path, part=Part.parse("1/2"))
    assert len(first) == 3
    assert not (path / RESULTS).exists()
    both = run_battery(battery, path, part=Part.parse("2/2"))
    assert sorted(one.name for one in path.glob(RESULTS_OF_PARTS)) == [
        "results-1-of-2.jsonl", "results-2-of-2.jsonl",
    ]  # fmt: skip
    assert without_times(both) == without_times(whole[0])
    assert run_battery(battery, path) == both, "nothing is left for who comes alone"


def test_only_what_is_wanted_is_run_and_each_to_its_own_budget(folder, in_threads):
    (folder / "own.toml").write_text(QUICK + 'budget = "5 networks"\n')  # of the last configuration
    battery = read_battery("own.toml")
    records = run_battery(battery, folder / "own", wanted=lambda one: one.label == "random")
    assert [(one.configuration, one.n_candidates) for one in records] == [("random", 5)] * 2
    records = run_battery(battery, folder / "own")
    assert [one.n_candidates for one in records] == [3, 3, 3, 3, 5, 5]


@pytest.mark.parametrize("text", ["0/2", "3/2", "2", "a/b", "1/0", "-1/2"])
def test_a_part_that_cannot_be_is_refused(text):
    with pytest.raises(ConfigError, match=r"such as 2/5"):
        Part.parse(text)
