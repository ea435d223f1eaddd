"""Processes compute the same bits, whichever of them compiled what they run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

SETUP = """
import hashlib
import numpy as np
from cellcolony.cells.lower import llvm
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.loops import scoring_loops
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer, predict
from cellcolony.networks.vectors import width_of_one_lane

compiled, compile_it = [], llvm.object_code
llvm.object_code = lambda *given: compiled.append(given) or compile_it(*given)
rng = np.random.default_rng(0)
inputs = rng.uniform(-1, 1, (200, 3)).astype(np.float32)
targets = (inputs[:, :1] * inputs[:, 1:2]).astype(np.float32)
series = [Series(inputs, targets, np.ones(200, bool))]
network = fixed_network(["simple"], 3, 1, width=4, time_skips=(1, 2))
network = draw_weights(network, rng)
show = lambda numbers: print(hashlib.sha256(numbers.tobytes()).hexdigest())
show(predict(network, inputs))
"""
TRAIN = """
for window in (0, 20):
    result = Trainer(series, series, Protocol(window=window, epochs=3)).train(network)
    print(result.loss.hex())
    show(result.weights)
show(predict(network.with_weights(result.weights), inputs))
"""
TELL_WHO_COMPILED = "print(len(compiled))"


def start(code, cache):
    environment = {**os.environ, "CELLCOLONY_CACHE_DIR": str(cache)}
    command = [sys.executable, "-c", SETUP + code]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def printed(process):
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 0
    return output.split()


@pytest.fixture(scope="module")
def cold(tmp_path_factory):
    """The folder that two processes at once have filled, and what each printed."""
    cache = tmp_path_factory.mktemp("cache")
    racing = [start(TRAIN + TELL_WHO_COMPILED, cache) for _ in range(2)]
    return cache, *(printed(process) for process in racing)


def test_of_processes_that_begin_with_an_empty_cache_each_function_is_compiled_by_one(cold):
    cache, (*bits, n_compiled), (*other_bits, other_n_compiled) = cold
    assert bits == other_bits
    functions = {path.name for path in cache.glob("*.o")}
    assert int(n_compiled) + int(other_n_compiled) == len(functions) > 6


def test_a_process_that_reads_the_cache_computes_what_the_one_that_filled_it_did(cold):
    cache, (*bits, _), _ = cold
    assert printed(start(TRAIN, cache)) == bits


@pytest.mark.parametrize("lost", ["predict", "train"])
def test_a_process_that_finds_only_a_part_in_the_cache_computes_the_same(cold, lost, tmp_path):
    cache, (*bits, _), _ = cold
    half = shutil.copytree(cache, tmp_path / "half", copy_function=shutil.copy2)
    kept = list(half.glob(f"*.{lost}_*.o"))
    assert kept
    for path in kept:
        path.unlink()
    assert printed(start(TRAIN, half)) == bits
