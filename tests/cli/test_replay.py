"""`cellcolony replay`: what it says, and how it ends."""

import pytest

from cellcolony.cli import main
from tests.test_cli import QUICK, command, write_csv


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replay")
    file, out = write_csv(folder / "burner.csv"), folder / "run"
    options = ["--target", "heat", "--budget", "6networks", "--out", str(out), *QUICK]
    assert main(["search", str(file), *options]) == 0
    return out


def test_a_run_that_comes_out_the_same_is_said_to_and_exits_with_0(run, capsys):
    capsys.readouterr()
    assert main(["replay", str(run)]) == 0
    shown = capsys.readouterr()
    for part in ("6 networks: the same", "6 results (0 failed)", "front",
                 "the same sizes, genomes and files", "colony",
                 "the same at the end, to the last bit", "none with a state",
                 "stage rivals", "what the stage asks for"):  # fmt: skip
        assert part in shown.out
    assert shown.err == ""


def test_trainings_agree_and_are_counted_in_a_process_of_its_own(run):
    done = command("replay", run, "--retrain", "--workers", 2)
    assert done.returncode == 0, done.stderr
    assert "6 of 6 trainings agree to the last bit" in done.stdout
    assert "Compiling 2 cells" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_training_that_comes_out_otherwise_is_named_and_exits_with_2(run, capsys):
    journal = run / "journal.jsonl"
    text = journal.read_text()
    try:
        journal.write_text(text.replace('"n_steps": ', '"n_steps": 1'))
        assert main(["replay", str(run), "--retrain"]) == 2
    finally:
        journal.write_text(text)
    shown = capsys.readouterr()
    assert "0 of 6 trainings agree" in shown.out
    assert "network 0 differs in `n_steps` (there 1" in shown.out
    assert shown.err.splitlines()[-1].startswith("Error: 6 of 6 trainings came out otherwise")


def test_a_state_that_comes_out_otherwise_is_named_and_exits_with_2(run, capsys):
    front = run / "front.csv"
    text = front.read_text()
    try:
        front.write_text(text.replace(",yes", ",no"))
        assert main(["replay", str(run)]) == 2
    finally:
        front.write_text(text)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "is not what its journal leads to: `front.csv.chosen" in shown.err


def test_what_is_no_run_is_an_error_and_no_traceback(tmp_path, capsys):
    assert main(["replay", str(tmp_path)]) == 2
    assert "is no run directory" in capsys.readouterr().err
