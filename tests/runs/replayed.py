"""A run in order of arrival, out of order and with failures, for tests that replay it."""

import csv
import json
import random
import shutil
import time
from dataclasses import replace

import pytest

from cellcolony.networks.train import DIVERGED, Trainer
from cellcolony.runs import ledger, recorder
from cellcolony.runs.events import Asked, Done, FrontChanged, Told
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from tests.runs.settings import ANTS, TRAINING

N = 40
TOO_SLOW = "it took more than 3 s, its cap"


ALONE = (SearchStage(),)


def searched(task, budget, out, *, stages=ALONE, workers=2, on_event=None, **settings):
    """Run a study of a forecast, in order of arrival if nothing else is wanted."""
    study = Study.of(task, ANTS, training=TRAINING, stages=stages, **settings)
    return study.run(budget, out=out, workers=workers, on_event=on_event)


@pytest.fixture(autouse=True, scope="module")
def often():
    """Let checkpoints be written often."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(recorder, "CANDIDATES", 7)
        patch.setattr(recorder, "SECONDS", 0.0)
        yield


@pytest.fixture(autouse=True, scope="module")
def jitter():
    """Let trainings end out of order, and a few networks diverge, or take too long at first."""
    chance, train, first = random.Random(3), Trainer.train, iter([0.25])

    def slow(self, network, **settings):
        time.sleep(next(first, chance.random() * 0.006))
        result = train(self, network, **settings)
        kind = int(1000 * network.weights[0])
        failure = DIVERGED if kind % 7 == 0 else TOO_SLOW if kind % 11 == 0 else result.failure
        return replace(result, failure=failure)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Trainer, "train", slow)
        patch.setattr(ledger, "LEAST_TOLD", 10**9)  # chance may let more than half of few fail
        yield


@pytest.fixture(scope="module")
def seen(tmp_path_factory, read):
    """A run in order of arrival with 3 workers, and copies of its directory on the way."""
    folder, path = tmp_path_factory.mktemp("copies"), tmp_path_factory.mktemp("seen") / "run"
    chance, copies = random.Random(4), []

    def copy(event):
        is_first = isinstance(event, FrontChanged) and not any(map(ids_of, copies))
        is_one = isinstance(event, (Asked, Done, Told)) and chance.random() < 0.09
        if is_first or is_one:
            copies.append(shutil.copytree(path, folder / str(len(copies))))

    searched(read, f"{N} networks", path, seed=2, workers=3, on_event=copy)
    return path, copies


@pytest.fixture(scope="module")
def ended(seen):
    return seen[0]


@pytest.fixture
def run(ended, tmp_path):
    """A copy that may be changed."""
    return shutil.copytree(ended, tmp_path / "run")


def lines_of(run):
    return [json.loads(line) for line in (run / "journal.jsonl").read_text().splitlines()]


def front_of(run):
    with (run / "front.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def ids_of(run):
    return [row["candidate"] for row in front_of(run)] if (run / "front.csv").exists() else []
