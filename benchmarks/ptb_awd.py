"""An LSTM of 2 x 200 units on the Penn Treebank, regularized as AWD, against Zaremba's 114.96.

    python benchmarks/ptb_awd.py trials OUT.csv
    python benchmarks/ptb_awd.py train RUN
    python benchmarks/ptb_awd.py profile

`trials` compares optimizers, batches and rates by short trainings, each on as many tokens, on the
beginning of the validation text. `train` trains by the frozen protocol below, and goes on where it
was killed or stopped; the test text is scored once, when all epochs are done. `profile` says where
the time of an update goes. CELLCOLONY_DATA names the data. One thread, CPU.
"""

from __future__ import annotations

import argparse
import csv
import os
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

import cellcolony
from cellcolony import cells
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.recipes import recipe_named
from cellcolony.layers.train import ModelTraining
from cellcolony.runs.studies import train_language_model
from cellcolony.tasks.language import Language

AWD = recipe_named("awd").over(LanguageTraining())
STEPS, BATCH, RATE = 35, 20, 0.005
"""Chosen on validation by `trials`."""
N_EPOCHS = 36
CUTOFFS = (100, 1_250, 4_000)
"""Of three tails, those with the fewest products for the frequencies of this text."""
MOST_WEIGHTS = 4_650_000

PROTOCOL = LanguageTraining(
    # Shares are below the published ones: those belong to models of 24 million weights.
    replace(
        AWD.model, hidden=200, layers=2, embedding=None, narrow=False, dropout=0.2,
        dropout_input=0.2, dropout_output=0.3, dropout_embedding=0.05, weight_drop=0.2,
        cutoffs=CUTOFFS,
    ),
    replace(
        AWD.schedule, epochs=N_EPOCHS, batch=BATCH, steps=STEPS, learning_rate=RATE,
        clip=0.25 * STEPS, l2=0.0, optimizer="adam", shape="cosine", nonmonotone=0,
    ),
)  # fmt: skip
"""Dropped words and weights, locked dropout, penalties, random windows and the tied matrix are
the recipe's. Its averaged SGD takes hundreds of epochs: here Adam and a cosine take its place, and
the softmax has two steps [ours]."""

TRIED = (
    ("sgd", 10, 0.3), ("sgd", 20, 0.3), ("sgd", 20, 1.0),
    ("adam", 20, 0.002), ("adam", 20, 0.005), ("adam", 20, 0.01),
)  # fmt: skip
TRIED_TOKENS, TRIED_VALID = 200_000, 8_000
PROFILED = 12
"""Updates."""


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("what", choices=("trials", "train", "profile"))
    arguments.add_argument("out", type=Path, nargs="?")
    asked = arguments.parse_args()
    if asked.what != "profile" and asked.out is None:
        arguments.error(f"{asked.what} needs a path to write to")
    torch.set_num_threads(1)
    if asked.what == "trials":
        _trials(asked.out)
    elif asked.what == "train":
        _train(asked.out)
    else:
        _profile()


def _task() -> Language:
    folder = Path(os.environ["CELLCOLONY_DATA"]) / "ptb"
    return Language.from_files(
        *(folder / f"ptb.{split}.txt" for split in ("train", "valid", "test"))
    )


def _training(
    task: Language, training: LanguageTraining, n_tokens: int, n_valid: int
) -> ModelTraining:
    architecture = training.model.of(cells.get("lstm"), len(task.vocabulary))
    assert architecture.n_weights <= MOST_WEIGHTS
    model = LanguageModel(architecture, np.random.default_rng(0))
    train, valid = task.train[:n_tokens], task.valid[:n_valid]
    return ModelTraining(model, train, valid, training.schedule, 0)


def _trials(out: Path) -> None:
    task = _task()
    with out.open("a", newline="") as file:
        writer = csv.writer(file)
        for optimizer, batch, rate in TRIED:
            schedule = replace(
                PROTOCOL.schedule, epochs=1, optimizer=optimizer, batch=batch, learning_rate=rate
            )
            tried = replace(PROTOCOL, schedule=schedule)
            epoch = _training(task, tried, TRIED_TOKENS, TRIED_VALID).epoch(0)
            assert epoch is not None
            writer.writerow(
                [optimizer, batch, rate, f"{epoch.perplexity:.2f}", f"{epoch.seconds:.0f}"]
            )
            file.flush()


def _train(run: Path) -> None:
    if run.exists():
        result = cellcolony.resume(run, device="cpu")
    else:
        result = train_language_model(_task(), "lstm", PROTOCOL, out=run, device="cpu")
    for score in result.scores:
        print(score)


def _profile() -> None:
    task, n_tokens = _task(), BATCH * (PROFILED * STEPS + 1)
    schedule = replace(PROTOCOL.schedule, epochs=2, random_steps=False)
    training = _training(task, replace(PROTOCOL, schedule=schedule), n_tokens, 2)
    training.epoch(0)
    model, seconds = training.model, defaultdict(float)

    def timed(owner: object, name: str) -> None:
        real = getattr(owner, name)

        def do(*given, **options):
            began = time.perf_counter()
            found = real(*given, **options)
            seconds[name] += time.perf_counter() - began
            return found

        setattr(owner, name, do)

    for name in ("read", "loss"):
        timed(model, name)
    timed(training.optimizer, "step")
    began = time.perf_counter()
    epoch = training.epoch(1)
    assert epoch is not None
    total = time.perf_counter() - began
    print(f"{epoch.n_tokens / total:,.0f} tokens a second")
    for name, one in seconds.items():
        print(f"{name}: {100 * one / total:.0f} %")


if __name__ == "__main__":
    main()
