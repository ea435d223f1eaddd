"""A battery of texts on GPUs, which are names here: a run has one."""

from importlib import import_module

import pytest

pytest.importorskip("torch")

import torch

from cellcolony.errors import ConfigError
from cellcolony.runs.battery.plan import read_battery
from tests.runs.batteries import QUICK, TEXT, write_series, write_text

running = import_module("cellcolony.runs.battery.run")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Be in a folder with two batteries, on a machine of two GPUs."""
    write_series(tmp_path)
    write_text(tmp_path)
    (tmp_path / "quick.toml").write_text(QUICK)
    (tmp_path / "texts.toml").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


@pytest.fixture
def carried(monkeypatch):
    """Carry nothing out, and notice what was asked for: workers, and how many share a GPU."""
    asked = []

    def carry_out(jobs, task, cells, n_workers, per_gpu=None):
        asked.append((n_workers, per_gpu))
        yield from ()

    monkeypatch.setattr(running, "carry_out", carry_out)
    return asked


@pytest.mark.parametrize(
    ("how", "asked"),
    [
        ({"workers": None, "device": "cuda"}, (2, 1)),
        ({"workers": None, "device": "cuda", "per_gpu": 3}, (6, 3)),
        ({"workers": 2, "device": "cuda", "per_gpu": 3}, (2, 3)),
        ({"workers": 7, "device": "auto"}, (7, None)),
    ],
)
def test_by_cuda_a_run_has_a_gpu_and_so_many_share_it(carried, how, asked):
    running.run_battery(read_battery("texts.toml"), "texts", **how)
    assert carried == [asked]


@pytest.mark.parametrize(
    ("battery", "how", "message"),
    [
        ("texts", {"workers": 3}, "`workers` is 3, and 2 GPUs with 1 at once on each take 2"),
        ("quick", {}, "`device` is for language models"),
    ],
)
def test_what_cannot_be_is_refused_before_the_first_run(carried, battery, how, message):
    with pytest.raises(ConfigError, match=message):
        running.run_battery(read_battery(f"{battery}.toml"), battery, device="cuda", **how)
    assert not carried
