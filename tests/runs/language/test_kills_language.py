"""A training of a language model that is killed again and again."""

import random
import signal
import time

import numpy as np
import pytest
from cellcolony.runs.language.stored import open_language_run

from tests.runs.language.trainings import TEXT, curve

pytest.importorskip("torch")

from tests.runs.language.killable import EPOCHS, train

N_KILLS = 6


def test_a_training_killed_at_random_instants_ends_as_if_undisturbed(tmp_path, processes):
    text, chance = tmp_path / "text.txt", random.Random(5)
    text.write_text(TEXT * 20)
    for name in ("while everything is loaded", "undisturbed"):
        began = time.monotonic()
        alone = processes.Process(target=train, args=(text, tmp_path / name))
        alone.start()
        alone.join()
    longest = time.monotonic() - began
    undisturbed = open_language_run(tmp_path / "undisturbed")
    kept = undisturbed.weights
    assert kept is not None
    assert len(undisturbed.epochs) == EPOCHS
    n_kills, n_runs = 0, 0
    while n_kills < N_KILLS:
        out, n_runs = tmp_path / f"run-{n_runs}", n_runs + 1
        while not (out / "result.toml").exists():
            process = processes.Process(target=train, args=(text, out))
            process.start()
            process.join(chance.random() * longest)
            process.kill()
            process.join()
            if process.exitcode != 0:
                assert process.exitcode == -signal.SIGKILL
                n_kills += 1
        result = open_language_run(out)
        assert curve(result) == curve(undisturbed)
        assert result.scores == undisturbed.scores
        assert result.weights is not None
        for name, weights in kept.items():
            np.testing.assert_array_equal(result.weights[name], weights, strict=True)
