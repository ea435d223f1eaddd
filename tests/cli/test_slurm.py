"""The batch file for SLURM, and the worker's command."""

import os
import shlex
import subprocess

import pytest

from cellcolony.cli import main
from cellcolony.cli.slurm import slurm_time

COMMAND = ["search", "my data.csv", "--target", "wave", "--budget", "200networks"]


@pytest.fixture
def printed(capsys):
    """Return what the command prints for some words."""

    def call(*words):
        assert main(["slurm", *words]) == 0
        return capsys.readouterr().out

    return call


def refused(capsys, *words):
    """Return why the command refuses some words."""
    assert main([*words]) == 2
    return capsys.readouterr().err


def test_the_file_is_a_script_that_bash_can_read_and_holds_the_command(printed, tmp_path):
    text = printed("--nodes", "4", "--", *COMMAND, "--out", "runs/a b")
    assert shlex.join(COMMAND) in text
    assert "run='runs/a b'" in text
    (tmp_path / "job.sh").write_text(text)
    subprocess.run(["bash", "-n", tmp_path / "job.sh"], check=True)


def test_what_is_asked_of_the_cluster_stands_in_its_head(printed):
    words = "--nodes", "4", "--time", "90min", "--cores", "16", "--partition", "long"
    text = printed(*words, "--term", "300", "--line=--mem=64G", "--", *COMMAND)
    lines = {line.removeprefix("#SBATCH ") for line in text.splitlines() if "#SBATCH" in line}
    assert {
        "--nodes=4", "--ntasks-per-node=1", "--cpus-per-task=16", "--time=1:30:00", "--requeue",
        "--partition=long", "--signal=B:TERM@300", "--mem=64G",
    } <= lines  # fmt: skip
    assert "--exclusive" not in lines
    assert "--exclusive" in printed("--", *COMMAND)


def test_a_job_of_one_machine_is_reached_by_nobody_else(printed):
    assert "host=127.0.0.1" in printed("--", *COMMAND)
    assert "host=$(hostname)" in printed("--nodes", "2", "--", *COMMAND)


def test_without_a_run_directory_it_names_one_that_is_the_same_after_each_start(printed):
    text = printed("--", *COMMAND)
    (run,) = [line.split()[0] for line in text.splitlines() if line.startswith("run=")]
    assert f"--out {run.removeprefix('run=')}" in text
    assert 'resume "$run"' in text


NODES = ["evolve-node", "--train", "text.txt", "--out", "runs/a"]


def test_a_job_on_gpus_asks_for_them_and_trains_there(printed, tmp_path):
    text = printed("--nodes", "2", "--gpu", "4", "--per-gpu", "2", "--", *NODES)
    assert "#SBATCH --gres=gpu:4\n" in text
    (step,) = [one for one in text.replace("\\\n", "").splitlines() if one.startswith("srun")]
    assert "--gres=gpu:4" in step
    assert "--gpu --per-gpu 2" in step
    assert "--threads" not in step
    (where,) = [one for one in text.splitlines() if one.startswith("where=")]
    assert where.endswith(" --device cuda --per-gpu 2)")
    (tmp_path / "job.sh").write_text(text)
    subprocess.run(["bash", "-n", tmp_path / "job.sh"], check=True)
    without = printed("--", *NODES, "--device", "cpu")
    assert not any(word in without for word in ("gres", "--gpu", "cuda"))


def test_of_several_seeds_the_same_command_goes_on(printed):
    text = printed("--", *COMMAND, "--seeds", "5")
    assert 'resume "$run"' not in text


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "Give a command after --"),
        (("--", "show", "runs/a"), "search, evolve-node, mix. Got show runs/a"),
        (("--", *COMMAND, "--executor", "mpi"), "--executor is what the batch file decides"),
        (("--time", "soon", "--", *COMMAND), "--time must be a time such as 8h"),
        (("--nodes", "0", "--", *COMMAND), "--nodes must be at least 1"),
        (("--term", "5", "--", *COMMAND), "--term must be at least 60"),
        (("--gpu", "1", "--", *COMMAND), "--gpu is for evolve-node and mix. Got search"),
        (("--gpu", "0", "--", *NODES), "--gpu must be at least 1"),
        (("--gpu", "1", "--per-gpu", "0", "--", *NODES), "--per-gpu must be at least 1"),
        (("--per-gpu", "2", "--", *NODES), "--per-gpu is for jobs on GPUs"),
        (("--gpu", "1", "--", *NODES, "--device=cpu"), "--device=cpu is what the batch file"),
    ],
)
def test_what_cannot_be_is_refused(capsys, words, message):
    assert message in " ".join(refused(capsys, "slurm", *words).split())


@pytest.mark.parametrize(
    ("text", "time"),
    [("8h", "8:00:00"), ("90min", "1:30:00"), ("1.5h", "1:30:00"), ("2d", "48:00:00")]
    + [(same, same) for same in ("1-12:00:00", "30:00", "45")],
)
def test_times_are_written_as_slurm_reads_them(text, time):
    assert slurm_time(text) == time


def test_a_worker_must_be_told_its_scheduler(capsys):
    pytest.importorskip("distributed")
    assert "Name the scheduler" in refused(capsys, "worker")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--gpu",), "There is no GPU here: CUDA_VISIBLE_DEVICES is ''. Leave --gpu out"),
        (("--gpu", "--threads", "2"), "--gpu says how many candidates train at once"),
        (("--per-gpu", "2"), "--per-gpu is for workers on GPUs"),
        (("--gpu", "--per-gpu", "0"), "`per_gpu` must be a whole number of at least 1"),
    ],
)
def test_a_worker_without_gpus_is_told_so(capsys, monkeypatch, words, message):
    pytest.importorskip("distributed")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    told = refused(capsys, "worker", "--scheduler", "tcp://127.0.0.1:1", *words)
    assert message in " ".join(told.split())


def test_options_of_a_cluster_are_refused_for_threads(capsys, tmp_path):
    (tmp_path / "a.csv").write_text("a\n" + "\n".join(str(i % 7) for i in range(200)))
    words = ["search", str(tmp_path / "a.csv"), "--target", "a", "--out", str(tmp_path / "run")]
    told = refused(capsys, *words, "--executor", "threads", "--scheduler", "tcp://a:1")
    assert "--scheduler is for other executors" in told
    assert not os.path.exists(tmp_path / "run")
