"""Whole commands, most in this process and some in one of their own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony.cli import COMMANDS, main
from cellcolony.runs.stages.search import SearchStage
from cellcolony.tasks import forecast

FEW_RIVALS = "--rivals", "persistence", "--rivals", "ridge"
SMALL = (
    "--method", "ants", "--cells", "simple", "--n-ants", "4", "--n-layers", "1",
    "--n-nodes-per-layer", "3",
)  # fmt: skip
QUICK = *SMALL, *FEW_RIVALS
COMMAND = (sys.executable, "-m", "cellcolony")
COAL = os.environ.get("CELLCOLONY_DATA")


def command(*arguments, **options):
    """Run the command line in a process of its own."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options
    )


def write_csv(path, n_rows=200, phase=0.0):
    time = np.arange(n_rows) / 5 + phase
    noise = np.random.default_rng(0).normal(0, 0.02, n_rows)
    frame = pd.DataFrame({"flow rate": 30 + 5 * np.sin(time) + noise, "heat": np.cos(time)})
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    for number in (1, 2, 10):
        write_csv(folder / f"burner_{number}.csv", phase=number)
    return folder


@pytest.fixture(scope="module")
def run(folder):
    """A finished search over two files, tested on a third."""
    done = command(
        "search", "burner_[0-9].csv", "--test", "burner_1[01].csv", "--target", "flow rate",
        "--budget", "6networks", "--budget", "10min", "--seed", 1, "--workers", 2,
        "--out", "runs/quick", *QUICK, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "runs" / "quick", done


def test_a_search_prints_the_data_the_comparison_and_what_to_do_next(run):
    _, done = run
    for part in ("3 files, 600 rows", "burner_1.csv, burner_2.csv", "burner_10.csv",
                 "Forecast of flow rate", "persistence", "ridge (", "<- best", "seed 1",
                 "budget 6 networks or 10 min", "Next: cellcolony show runs/quick"):  # fmt: skip
        assert part in done.stdout


def test_a_search_reports_its_progress_as_plain_lines_on_standard_error(run):
    _, done = run
    assert "Search: seed 1, 2 workers, until 6 networks or 10 min" in done.stderr
    assert "networks 6 of 6 done, 0 failed" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout


def test_show_repeats_the_report(run, capsys):
    path, done = run
    assert main(["show", str(path)]) == 0
    shown = capsys.readouterr().out
    report, _ = done.stdout.split("Run: ")
    parts = report.rstrip("\n").split("\n\n")
    assert len(parts) >= 5
    assert all(part.strip("\n") in shown for part in parts)


def test_predict_writes_a_line_for_every_row(run, tmp_path):
    path, _ = run
    new = write_csv(tmp_path / "new.csv", n_rows=50, phase=3)
    assert main(["predict", str(path), str(new), "--out", str(tmp_path / "p.csv")]) == 0
    forecasts = pd.read_csv(tmp_path / "p.csv")
    assert list(forecasts) == ["row", "flow rate[t+1]"]
    assert forecasts["row"].tolist() == list(range(50))
    assert forecasts["flow rate[t+1]"].between(0, 100).all()


def test_predict_writes_to_standard_output_without_a_file(run, folder, capsys):
    path, _ = run
    assert main(["predict", str(path), str(folder / "burner_1.csv")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "row,flow rate[t+1]"
    assert len(lines) == 201


def test_predict_takes_another_network_of_the_front(run, folder, tmp_path, capsys):
    path, _ = run
    number = pd.read_csv(path / "front.csv")["candidate"][0]
    assert main(["predict", str(path), str(folder / "burner_1.csv"), "--network", str(number)]) == 0
    assert main(["predict", str(path), str(folder / "burner_1.csv"), "--network", "999"]) == 2
    assert "no network 999 on the front" in capsys.readouterr().err


def test_predict_reads_files_that_are_written_otherwise(run, folder, tmp_path, capsys):
    path, _ = run
    frame = pd.read_csv(folder / "burner_1.csv")
    frame.to_csv(tmp_path / "other.csv", sep=";", decimal=",", index=False, encoding="utf-16")
    options = ["--sep", ";", "--decimal", ",", "--encoding", "utf-16"]
    assert main(["predict", str(path), str(tmp_path / "other.csv"), *options]) == 0
    other = capsys.readouterr().out
    assert main(["predict", str(path), str(folder / "burner_1.csv")]) == 0
    assert capsys.readouterr().out == other


def test_predict_never_writes_over_its_input(run, tmp_path, capsys):
    path, _ = run
    new = write_csv(tmp_path / "new.csv")
    text = new.read_text()
    assert main(["predict", str(path), str(new), "--out", str(new)]) == 2
    assert "another file" in capsys.readouterr().err
    assert new.read_text() == text


def test_without_a_directory_the_run_lies_under_runs_with_its_date(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = str(folder / "burner_1.csv")
    assert main(["search", file, "--target", "heat", "--budget", "1network", *SMALL]) == 0
    (path,) = (tmp_path / "runs").iterdir()
    assert (path / "front.csv").is_file()


def test_options_may_stand_before_the_files(folder, tmp_path):
    files = [str(folder / "burner_1.csv"), str(folder / "burner_2.csv")]
    options = ["--target", "heat", "--target", "flow rate", "--budget", "1 network", *QUICK]
    assert main(["search", *options, "--out", str(tmp_path / "run"), *files]) == 0


@pytest.fixture
def short_demo(monkeypatch):
    """Let the series of the demonstration have fewer rows."""
    monkeypatch.setattr(forecast, "vessel", partial(forecast.vessel, n_rows=300))


def test_the_demo_needs_no_file_and_leaves_none(tmp_path, monkeypatch, capsys, short_demo):
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--budget", "2networks", "--workers", "1"]) == 0
    assert "Forecast of outlet" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_the_demo_writes_a_run_where_it_is_told_to(tmp_path, capsys, short_demo):
    arguments = ["demo", "--budget", "2networks", "--out", str(tmp_path / "run")]
    assert main(arguments) == 0
    assert main(["show", str(tmp_path / "run")]) == 0
    assert main(arguments) == 2
    assert "exists" in capsys.readouterr().err


@pytest.mark.parametrize("flags", [["--help"], ["search", "--help"], ["--version"], []])
def test_help_and_version_succeed(flags, capsys):
    assert main(flags) == 0
    assert "cellcolony" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_all_commands_says_what_that_of_each_says(name, capsys):
    assert main([name.replace("_", "-"), "--help"]) == 0
    told = " ".join(re.sub("[│╭╮╰╯─]", " ", capsys.readouterr().out).split())
    assert COMMANDS[name] in told
    main(["--help"])
    assert COMMANDS[name] in " ".join(capsys.readouterr().out.split())


ERRORS = {
    "serch": "Did you mean",
    "search": "FILES",
    "search {file}": "--target",
    "search {file} --target heat --sede 3": "--seed",
    "search {file} --target heat --seed three": "three",
    "search {file} --target heat --seed -1": "`seed`",
    "search {file} --target heat --workers 0": "`workers`",
    "search {file} --target heat --horizon 0": "`horizon`",
    "search {file} --target heat --scale log": "minmax",
    "search {file} --target heat --protocol modem": "'modern'",
    "search {file} --target heat --budget soon": "'10min'",
    "search {file} --target heat --method ants --n-ants 0": "`n_ants`",
    "search {file} --target heat --cells gur": "no cell 'gur'",
    "search {file} --target heet": "heat",
    "search {file} --target heat --out {here}": "exists",
    "search nothing*.csv --target heat": "nothing*.csv",
    "search {here} --target heat": "folder",
    "search {file} --target heat --test {file}": "two splits",
    "search {text} --target heat": "line 3",
    "search {empty} --target heat": "empty",
    "show": "RUN",
    "show {here}": "config.toml",
    "show {here}/nothing": "config.toml",
    "predict {run}": "FILE",
    "predict {run} {here}/nothing.csv": "nothing.csv",
    "predict {here} {file}": "config.toml",
    "predict {run} {other}": "flow rate",
    "predict {run} {file} --out {here}/no/such.csv": "no",
    "predict {run} {file} extra": "extra",
    "demo --budget 0s": "more than 0",
}


@pytest.fixture(scope="module")
def places(folder, run, tmp_path_factory):
    here = tmp_path_factory.mktemp("errors")
    (here / "text.csv").write_text("heat,flow rate\n1,2\nabc,3\n" + "4,5\n" * 60)
    (here / "empty.csv").write_text("")
    (here / "other.csv").write_text("a,b\n1,2\n")
    names = {"text": here / "text.csv", "empty": here / "empty.csv", "other": here / "other.csv"}
    return {**names, "here": here, "file": folder / "burner_1.csv", "run": run[0]}


@pytest.mark.parametrize("line", ERRORS)
def test_an_error_is_one_clear_message_and_exits_with_2(line, places, capsys, monkeypatch):
    monkeypatch.chdir(places["here"])
    arguments = [word.format(**places) for word in line.split()]
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("Error: ")
    assert ERRORS[line] in captured.err
    assert "Traceback" not in captured.err
    assert not (places["here"] / "runs").exists()


@pytest.mark.parametrize(
    "arguments", [["serch"], ["show", "nothing"], ["search", "a.csv", "--target", "x"]]
)
def test_an_error_in_a_process_of_its_own_shows_no_traceback(arguments, tmp_path):
    done = command(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["config.toml", "journal.jsonl", "scores.csv", "result.toml"])
def test_a_broken_run_directory_is_an_error(run, tmp_path, name, capsys):
    shutil.copytree(run[0], tmp_path / "run")
    (tmp_path / "run" / name).write_text("{nonsense\n")
    assert main(["show", str(tmp_path / "run")]) == 2
    assert capsys.readouterr().err.startswith("Error: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_an_error(folder, tmp_path, capsys):
    file = write_csv(tmp_path / "secret.csv")
    file.chmod(0)
    assert main(["search", str(file), "--target", "heat"]) == 2
    assert "secret.csv" in capsys.readouterr().err


def test_ctrl_c_before_the_search_exits_with_130(folder, tmp_path, monkeypatch, capsys):
    def interrupted(stage, session):
        raise KeyboardInterrupt

    monkeypatch.setattr(SearchStage, "_compile", interrupted)
    file = str(folder / "burner_1.csv")
    arguments = ["search", file, "--target", "heat", "--out", str(tmp_path / "run")]
    assert main(arguments) == 130
    assert capsys.readouterr().err.endswith("Interrupted.\n")
    assert not (tmp_path / "run").exists()


def test_ctrl_c_during_the_search_ends_it_with_a_report(folder, tmp_path):
    out = tmp_path / "run"
    arguments = ["search", folder / "burner_1.csv", "--target", "heat", "--budget", "1h"]
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments), "--out", str(out), *QUICK],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_for(out / "front.csv", process)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, stderr
    assert "it was interrupted" in stderr
    assert "the search ended because it was interrupted" in " ".join(stdout.split())
    assert (out / "result.toml").is_file()
    assert main(["show", str(out)]) == 0


def test_a_killed_search_leaves_a_directory_that_can_be_used(folder, tmp_path, capsys):
    out = tmp_path / "run"
    arguments = ["search", folder / "burner_1.csv", "--target", "heat", "--budget", "1h"]
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments), "--out", str(out), *QUICK],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(out / "scores.csv", process)
    finally:
        process.kill()
        process.wait(30)
    assert main(["show", str(out)]) == 0
    assert "The study has not ended" in capsys.readouterr().out
    assert main(["predict", str(out), str(folder / "burner_1.csv")]) == 0


def wait_for(path, process, seconds=120):
    """Wait until a file is there, or fail when the process has ended or it takes too long."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert process.poll() is None, process.stderr.read() if process.stderr else "it ended"
        assert time.monotonic() < deadline, f"{path} did not come"
        time.sleep(0.02)


def test_a_reader_that_closes_the_pipe_leaves_no_traceback(run, folder, tmp_path):
    path, _ = run
    big = write_csv(tmp_path / "big.csv", n_rows=6_000)
    reader = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    done = subprocess.run(
        [*COMMAND, "predict", path, big], stdout=reader.stdin, stderr=subprocess.PIPE,
        text=True, timeout=300,
    )  # fmt: skip
    assert reader.stdin is not None
    reader.stdin.close()
    reader.wait(30)
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not COAL, reason="the coal data is not here: set CELLCOLONY_DATA")
def test_the_coal_data_are_searched_shown_and_predicted(tmp_path, capsys):
    coal = Path(COAL or "") / "coal"
    out = str(tmp_path / "coal")
    assert main(["search", f"{coal}/burner_[01].csv", "--test", f"{coal}/burner_1[01].csv",
                 "--target", "Main_Flm_Int", "--budget", "2networks", "--budget", "1min",
                 "--rivals", "persistence", "--rivals", "ridge", "--rivals", "GRU",
                 "--seed", "1", "--workers", "2", "--out", out]) == 0  # fmt: skip
    shown = capsys.readouterr().out
    assert "tested once on 28,704 rows" in shown
    assert "0.01998" in shown  # persistence, papers/FACTS.md A9
    assert main(["show", out]) == 0
    predictions = tmp_path / "predictions.csv"
    assert main(["predict", out, f"{coal}/burner_11.csv", "--out", str(predictions)]) == 0
    assert len(pd.read_csv(predictions)) == 14_401
