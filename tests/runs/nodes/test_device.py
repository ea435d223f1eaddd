"""Where candidates, rivals and final trainings compute: GPUs are names, and torch says yes."""

# pyright: reportMissingImports=false

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import pytest

pytest.importorskip("torch")

import torch

from cellcolony.cli import main
from cellcolony.contract import Begin
from cellcolony.errors import ConfigError
from cellcolony.judges.training import texts
from cellcolony.layers import long_training
from cellcolony.runs.executors import EXECUTORS, Demand, Place, Workers
from cellcolony.runs.hands import Hands
from cellcolony.runs.mixing import mixing_study
from cellcolony.runs.open import open_run
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.scored_text import score
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.search.nodes import RacedNodes
from tests.runs import settings
from tests.runs.runs import same_finals
from tests.runs.settings import nodes, text_in

VISIBLE = "CUDA_VISIBLE_DEVICES"
SMALL = settings.LanguageTraining(
    settings.ModelSettings(hidden=6, layers=1, like="gru"),
    settings.Schedule(epochs=1, batch=4, steps=10),
)
METHOD = RacedNodes(efforts=(1, 2), shares=(0.6, 0.4))
STAGES = (
    settings.SEARCH, CellsStage(cells=("gru",)), FinalsStage(training=SMALL), FinalScoresStage(),
)  # fmt: skip


@pytest.fixture
def asked(monkeypatch):
    """Let there be two GPUs, and notice the device that models are moved to: (by whom, device)."""
    monkeypatch.setenv(VISIBLE, "0,1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    seen: list[tuple[str, str]] = []

    def noticed(who):
        def place(device):
            seen.append((who, device))
            return torch.device("cpu")

        return place

    monkeypatch.setattr(texts, "place", noticed("candidate"))
    monkeypatch.setattr(long_training, "place", noticed("final"))
    return seen


def searched(folder, device, n=3, executor: Any = "threads", **options):
    study = nodes(text_in(folder), STAGES, METHOD, training=SMALL, **options)
    return study.run(f"{n} networks", out=folder / "run", executor=executor, device=device)


class Told:
    """Threads that keep how many of their tasks may share a GPU, for each stage of a study."""

    shares_memory: ClassVar[bool] = True

    def __init__(self) -> None:
        self.per_gpu: list[int | None] = []

    def __call__(self, begin: Begin, demand: Demand) -> Place:
        self.per_gpu.append(demand.per_gpu)
        return EXECUTORS["threads"](begin, demand)


@pytest.mark.parametrize(
    ("device", "of_candidates", "n", "per_gpu"),
    [
        ("cuda", "cuda", 1, [1, 1, 1, 1]),
        ("auto", "cpu", 1, [None, None, 1, 1]),
        ("cpu", "cpu", 0, [None] * 4),
    ],
)
def test_candidates_rivals_and_finals_compute_where_the_user_says_and_the_run_tells(
    tmp_path, asked, device, of_candidates, n, per_gpu
):
    told = Told()
    result = searched(tmp_path, device, executor=told)
    assert told.per_gpu == per_gpu, "search, rivals, final trainings, scores"
    assert set(asked) == {("candidate", of_candidates), ("final", device)}
    assert result.outcome is not None
    assert (result.outcome.device, result.outcome.gpus) == (device, n)
    asked.clear()
    resume(tmp_path / "run", "4 networks", executor="threads", device="cpu")
    assert {told for _, told in asked} == {"cpu"}
    outcome = open_run(tmp_path / "run").outcome
    assert outcome is not None
    assert (outcome.device, outcome.gpus) == ("cpu", 0)


def test_processes_that_see_a_gpu_each_do_what_threads_without_do(tmp_path, asked):
    """Torch finds no GPU in them here, so that by auto they compute on processors.

    Only the final trainings: for what scores them, processes would have to import torch again.
    """
    whole = settings.model(text_in(tmp_path), n_seeds=2, epochs=1)
    (finals,) = [one for one in whole.config.stages if isinstance(one, FinalsStage)]
    study = replace(whole, config=replace(whole.config, stages=(finals,)))
    alone = study.run(device="cpu", out=tmp_path / "alone")
    apart = study.run(device="auto", workers=2, out=tmp_path / "run")
    assert apart.outcome is not None
    assert (apart.outcome.gpus, apart.outcome.workers) == (2, 2)
    assert apart.path is not None
    assert alone.path is not None
    assert len(list((alone.path / "finals").iterdir())) == 2
    same_finals(apart.path, alone.path)


def test_a_mixture_and_all_that_it_is_compared_with_compute_there_too(tmp_path, asked):
    for seed in (0, 1):
        (tmp_path / str(seed)).mkdir()
        searched(tmp_path / str(seed), "cpu", 4, seed=seed)
    asked.clear()
    runs = [tmp_path / str(seed) / "run" for seed in (0, 1)]
    study = mixing_study(runs, top=0.5, n_diverse=2, groups=2, layers=1)
    study.run("3 networks", out=tmp_path / "mixed", executor="threads", device="cuda")
    assert set(asked) == {("candidate", "cuda"), ("final", "cuda")}


def test_a_replay_trains_again_where_the_user_says(tmp_path, asked):
    searched(tmp_path, "cpu")
    asked.clear()
    replay(tmp_path / "run", retrain=True, executor="threads", device="cuda")
    assert set(asked) == {("candidate", "cuda"), ("final", "cuda")}


def test_as_many_train_at_once_as_the_gpus_take_where_nobody_says_how_many(tmp_path, asked):
    config = nodes(text_in(tmp_path), STAGES).config
    asked_for: tuple[tuple[Workers, int, int], ...] = (
        (None, 1, 2), (None, 3, 6), ("usual", 3, 1), (2, 1, 2),
    )  # fmt: skip
    for workers, per_gpu, n in asked_for:
        hands = Hands.of(config, workers, device="cuda", per_gpu=per_gpu)
        assert (hands.workers, hands.limit, hands.per_gpu_of_candidates) == (n, n, per_gpu)
    auto = Hands.of(config, 7)
    assert (auto.workers, auto.per_gpu, auto.per_gpu_of_candidates) == (7, 1, None)


def test_several_trainings_on_gpus_have_a_process_each_and_one_needs_none(tmp_path, asked):
    config = settings.model(text_in(tmp_path)).config
    used = [Hands.of(config, workers, device=device).executor for workers, device in (
        (None, "cuda"), (None, "auto"), (None, "cpu"), (1, "cuda"),
    )]  # fmt: skip
    assert used == ["processes", "processes", "threads", "threads"]


@pytest.mark.parametrize("executor", [None, "threads", "processes", "dask"])
def test_a_gpu_that_is_not_there_is_told_of_before_anything_begins(tmp_path, monkeypatch, executor):
    monkeypatch.setenv(VISIBLE, "")
    out = tmp_path / "run"
    with pytest.raises(ConfigError, match="no GPU here: CUDA_VISIBLE_DEVICES is ''"):
        nodes(text_in(tmp_path)).run("2 networks", out=out, executor=executor, device="cuda")
    assert not out.exists()


@pytest.mark.parametrize("command", ["evolve-node", "mix", "scale-up", "train-lm", "resume"])
def test_every_command_that_trains_models_says_so(tmp_path, monkeypatch, capsys, asked, command):
    searched(tmp_path, "cpu", 4)
    monkeypatch.setenv(VISIBLE, "")
    run, text, out = str(tmp_path / "run"), str(tmp_path / "text.txt"), str(tmp_path / "out")
    words = {
        "evolve-node": ["--train", text, "--out", out],
        "mix": [run, "--groups", "2", "--top", "100%", "--out", out],
        "scale-up": [run, "--grid", "dropout=0.1", "--out", out],
        "train-lm": ["--train", text, "--out", out],
        "resume": [run],
    }
    assert main([command, *words[command], "--device", "cuda"]) == 2
    assert "there is no GPU here" in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "out").exists()


def test_a_text_is_scored_where_the_user_says(tmp_path, asked):
    result = searched(tmp_path, "cpu")
    asked.clear()
    on_gpu = score(result, tmp_path / "text.txt", device="cuda")
    assert asked == [("final", "cuda")]
    assert on_gpu == score(result, tmp_path / "text.txt", device="cpu")


def test_the_experiments_of_a_paper_compute_there_if_they_are_models(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv(VISIBLE, "")
    text_in(tmp_path)
    for paper, why in (("n2n", "there is no GPU here"), ("asne", "`device` is no option of")):
        words = ["reproduce", paper, str(tmp_path / "text.txt"), "--out", str(tmp_path / paper)]
        assert main([*words, "--device", "cuda"]) == 2
        assert why in " ".join(capsys.readouterr().err.split())


def test_series_are_trained_on_processors(task, tmp_path):
    with pytest.raises(ConfigError, match="`device` is for language models"):
        settings.forecast(task).run("2 networks", out=tmp_path / "run", device="cuda")
    assert not (tmp_path / "run").exists()
