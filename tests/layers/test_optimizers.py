"""Torch's optimizers without its compiler: the same numbers, and nothing of it is imported."""

# pyright: reportMissingImports=false

from __future__ import annotations

import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from cellcolony.layers import optimizers  # noqa: E402

TRAINING = """
import sys
import numpy as np
from cellcolony.judges.meta import sequence
from cellcolony.layers.schedule import Schedule
from cellcolony.layers.train import ModelTraining
from cellcolony.layers.training_memory import memory_of, put_memory
from tests.layers.language import model_of, tiny, tokens

for name in ("sgd", "adam"):
    schedule = Schedule(epochs=2, steps=4, batch=2, optimizer=name)
    texts = tokens(99), tokens(40)
    one, other = (ModelTraining(model_of(tiny()), *texts, schedule, 0) for _ in range(2))
    one.epoch(0)
    put_memory(other, memory_of(one))
    assert other.epoch(1).valid_loss > 0
rng = np.random.default_rng(0)
network = sequence.Sequence(1, (1, 4), rng)
curves = rng.random((4, 3)), 1 + rng.random(4)
sequence.train(network, curves, curves, (0.0, 1.0), rng)
print("torch" in sys.modules, "torch._dynamo" in sys.modules)
"""


@pytest.mark.parametrize(
    ("name", "settings"),
    [("SGD", {"lr": 0.5, "weight_decay": 0.1}), ("Adam", {"lr": 0.01, "weight_decay": 0.1})],
)
def test_weights_are_those_of_torchs_own_to_the_last_bit(name: str, settings: dict[str, float]):
    generator = torch.Generator().manual_seed(3)
    first, target = torch.randn(2, 40, generator=generator)

    def trained(kind):
        weight = torch.nn.Parameter(first.clone())
        optimizer = kind([weight], foreach=True, **settings)
        for step in range(20):
            if step == 10:  # goes on from what it remembers
                state = optimizer.state_dict()
                optimizer = kind([weight], foreach=True, **settings)
                optimizer.load_state_dict(state)
            optimizer.zero_grad(set_to_none=True)
            (weight - target).abs().square().sum().backward()
            optimizer.step()
        assert weight.grad_fn is None
        return weight.detach()

    own = trained(getattr(torch.optim, name))
    assert torch.equal(trained(getattr(optimizers, name)), own)
    assert not torch.equal(own, first)


def test_neither_a_training_nor_what_goes_on_from_it_imports_torchs_compiler():
    command = [sys.executable, "-c", TRAINING]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "False"]
