"""How fast language models train with the plain softmax, and with one in two steps (`cutoffs`).

    python benchmarks/softmax.py [--rounds 5]

Updates of 20 x 35 tokens as training makes them, of words as frequent as Zipf's law has it: tokens
a second, the share of the time that loss and gradient of the softmax take, and the ratio. Both
models take turns in one process; medians of the rounds. One thread.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from statistics import median

import numpy as np
import torch

from cellcolony import cells
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.schedule import Schedule
from cellcolony.layers.train import ModelTraining

SIZES = {
    "small, 2,000 words": (2_000, ModelSettings(hidden=128, layers=1), (40, 400, 1_000)),
    "lab, 1,000 words": (1_000, ModelSettings(hidden=64, layers=1), (50, 400)),
    "2 x 200 units, 10,000 words": (
        10_000, ModelSettings(hidden=200, layers=2, tied=True), (100, 1_250, 4_000),
    ),
}  # fmt: skip
CELLS = ("gru", "lstm", "nascell")
SCHEDULE = Schedule(epochs=1, optimizer="adam", clip=5.0, l2=0.0)
UPDATES = 30


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--rounds", type=int, default=5)
    asked = arguments.parse_args()
    torch.set_num_threads(1)
    for size, (n_words, model, cutoffs) in SIZES.items():
        for name in CELLS:
            both = [
                _training(name, n_words, one) for one in (model, replace(model, cutoffs=cutoffs))
            ]
            found = [[_measured(one) for one in both] for _ in range(asked.rounds)]
            plain, tailed = (
                [median(values) for values in zip(*of_one, strict=True)]
                for of_one in zip(*found, strict=True)
            )
            ratio = median(tailed[0] / plain[0] for plain, tailed in found)
            print(
                f"{size}, {name}: {plain[0]:,.0f} tokens a second, {plain[1]:.0%} in the softmax; "
                f"in two steps {tailed[0]:,.0f}, {tailed[1]:.0%}: {ratio:.2f} x",
                flush=True,
            )


def _training(name: str, n_words: int, settings: ModelSettings) -> ModelTraining:
    frequencies = 1 / np.arange(1, n_words + 1)
    n_tokens = SCHEDULE.batch * (SCHEDULE.steps * UPDATES + 1)
    rng = np.random.default_rng(0)
    text = rng.choice(n_words, n_tokens, p=frequencies / frequencies.sum()).astype(np.int32)
    model = LanguageModel(settings.of(cells.get(name), n_words), rng)
    return ModelTraining(model, text, text[:2], SCHEDULE, 0)


def _measured(training: ModelTraining) -> tuple[float, float]:
    """Return tokens a second of an epoch, and the share of the softmax."""
    seconds, real = [0.0], training.model.loss

    def timed(hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        began = time.perf_counter()
        loss = real(hidden, targets)  # its gradient is computed along with it
        seconds[0] += time.perf_counter() - began
        return loss

    training.model.loss = timed
    began = time.perf_counter()
    epoch = training.epoch(0)
    whole = time.perf_counter() - began
    training.model.loss = real
    assert epoch is not None
    return epoch.n_tokens / whole, seconds[0] / whole


if __name__ == "__main__":
    main()
