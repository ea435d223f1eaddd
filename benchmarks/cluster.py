"""What a search past one machine costs its master, and how busy its workers are.

    python benchmarks/cluster.py [size] [master] [tiny] [crowd] [--quick]

size: bytes that travel: once to a worker, and with each task. Needs CELLCOLONY_DATA.
master: seconds of the master for a candidate with 1,000 in flight, journal and checkpoints too.
tiny: candidates a second through Dask, one and many in a message, on two worker processes; a
    candidate's training returns at once, beside the coal data.
crowd: 1,000 simulated workers, whose candidates take 0.1, 1 and 60 s: what share of their time they
    work. Only the workers are simulated: messages, method, ledger, journal and time are real.
"""

from __future__ import annotations

import argparse
import heapq
import os
import pickle
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from cellcolony import AntSwarm, Forecast
from cellcolony.contract import Begin, Candidate, Evaluation, StopFlag
from cellcolony.judges.training import networks as network_training
from cellcolony.runs.budget import Budget
from cellcolony.runs.executors.crew import Crew, Demand
from cellcolony.runs.executors.dispatch import Dispatcher, HowSent
from cellcolony.runs.executors.machine import this_machine
from cellcolony.runs.executors.workbench import Message, Parcel
from cellcolony.runs.session import Hands, Session
from cellcolony.runs.stages.search import begin_judging
from cellcolony.runs.study import Study
from cellcolony.search.nodes import NodeEvolution
from cellcolony.tasks.language import Language

PARTS = "size", "master", "tiny", "crowd"
SMALL = AntSwarm(n_ants=5, n_layers=2, n_nodes_per_layer=3, cells=("simple",))
"""A method that takes little time itself."""


def data() -> Path:
    return Path(os.environ["CELLCOLONY_DATA"])


def coal() -> Forecast:
    return Forecast.from_csv(str(data() / "coal" / "burner_[0-7].csv"), "Main_Flm_Int")


def size() -> None:
    """Print how many bytes travel."""
    folder = data() / "ptb"
    texts = [str(folder / f"ptb.{split}.txt") for split in ("train", "valid", "test")]
    for name, task, method in (
        ("coal", coal(), AntSwarm()),
        ("PTB", Language.from_files(*texts), NodeEvolution()),
    ):
        study = Study.of(task, method)
        session = Session.begin(study.config, Hands("processes", 1), Budget(100), data=task)
        parcel = Parcel.of(begin_judging(session))
        sizes, ledger = [], session.restored.ledger
        while len(sizes) < 100 and isinstance(candidate := ledger.ask(), Candidate):
            content = pickle.dumps(candidate, pickle.HIGHEST_PROTOCOL)
            versions = dict(this_machine().versions)
            sizes.append(len(Message(versions, parcel.fingerprint, None, (content,)).to_bytes()))
        print(
            f"{name}: {len(parcel.content) / 1e6:.1f} MB once to a worker; a task of one candidate "
            f"{np.mean(sizes) / 1e3:.1f} kB in the mean, {max(sizes) / 1e3:.1f} kB at most"
        )


class Simulated:
    """Workers that answer after a time without doing anything: an engine, and its place.

    Args:
        n: How many.
        seconds: How long a candidate takes in the mean.
    """

    shares_memory = False

    def __init__(self, n: int, seconds: float) -> None:
        self.n, self.seconds, self.busy = n, seconds, 0.0
        self._rng = np.random.default_rng(0)
        self._due: list[tuple[float, int, Any, Callable[[Any], None]]] = []
        self._changed = threading.Condition()
        self._serial, self._is_over = 0, False

    @contextmanager
    def __call__(self, begin: Begin, demand: Demand) -> Iterator[Crew]:
        """Work for a search."""
        self._is_over = False
        answering = threading.Thread(target=self._answer)
        answering.start()
        try:
            with Dispatcher(self, Parcel("simulated", b""), demand, HowSent()) as crew:
                yield crew
        finally:
            with self._changed:
                self._is_over = True
                self._changed.notify()
            answering.join()

    def own_workers(self) -> int:
        """Return how many there are."""
        return self.n

    def n_workers(self) -> int:
        """Return how many there are."""
        return self.n

    def halt(self) -> None:
        """Do nothing: what is simulated ends by itself."""
        return

    def send(self, message: bytes, arrived: Callable[[Any], None]) -> None:
        """Answer a message once its candidates have taken their time."""
        tasks = pickle.loads(message)[3]
        took = self.seconds * self._rng.lognormal(-0.125, 0.5, len(tasks))
        with self._changed:
            self._serial += 1
            due = time.monotonic() + took.sum(), self._serial, (tasks, took), arrived
            heapq.heappush(self._due, due)
            self._changed.notify()

    def _answer(self) -> None:
        while True:
            with self._changed:
                wait = self._due[0][0] - time.monotonic() if self._due else 1.0
                if self._is_over:
                    return
                if wait > 0:
                    self._changed.wait(wait)
                    continue
                _, _, (tasks, took), arrived = heapq.heappop(self._due)
            self.busy += float(took.sum())
            results = [(*made_up(task), seconds) for task, seconds in zip(tasks, took, strict=True)]
            arrived({"machine": this_machine().to_dict(), "results": results})


def made_up(task: bytes) -> tuple[str, bytes]:
    return "value", pickle.dumps(at_once(pickle.loads(task)))


def at_once(candidate: Candidate) -> Evaluation:
    """Return an evaluation that depends on the candidate alone."""
    loss = 0.5 + 0.5 * np.random.default_rng(candidate.number).random()
    return Evaluation.succeeded(loss, candidate.genome.weights, (1.0, loss), 0.0)


def searched(task: Forecast, method: Any, n: int, place: Any, **how: Any) -> tuple[float, float]:
    """Search; return wall seconds and the master's processor seconds of the search alone."""
    study = Study.of(task, method)
    with tempfile.TemporaryDirectory() as folder:
        marks: list[tuple[float, float]] = []

        def mark(event: Any) -> None:
            if type(event).__name__ in ("SearchStarted", "SearchEnded"):
                marks.append((time.monotonic(), time.process_time()))

        study.run(f"{n} networks", out=Path(folder) / "run", executor=place, on_event=mark, **how)
    (wall, cpu), (wall_end, cpu_end) = marks[0], marks[-1]
    return wall_end - wall, cpu_end - cpu


def master(quick: bool) -> None:
    """Print what a candidate costs the master."""
    n, task = (600 if quick else 6_000), coal()
    for in_flight in (10, 1_000):
        place = Simulated(in_flight, 0.001)
        wall, cpu = searched(task, SMALL, n, place)
        print(
            f"{in_flight} in flight: {1e3 * cpu / n:.2f} ms of processor time a candidate, "
            f"{1e3 * wall / n:.2f} ms of wall time"
        )


def begin_at_once(trainer: Any, caps: Any, cells: Any, stop: StopFlag, **_: Any) -> Any:
    return at_once


def tiny(quick: bool) -> None:
    """Print how many candidates a second Dask carries."""
    from distributed import Client, LocalCluster

    from cellcolony.runs.executors.dask import Dask

    network_training.begin_training = begin_at_once
    options: Any = {"dashboard_address": "127.0.0.1:0", "silence_logs": 40}
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", **options) as cluster,
        Client(cluster) as client,
    ):
        searched(coal(), SMALL, 20, Dask(client=client))
        for together, n in ((1, 200), (None, 600 if quick else 4_000)):
            wall, _ = searched(coal(), SMALL, n, Dask(client=client, tasks_per_batch=together))
            how = "one a message" if together else "as many as suit"
            print(f"{how}: {n / wall:.0f} candidates a second")


def crowd(quick: bool) -> None:
    """Print how busy 1,000 workers are."""
    n_workers, task = (100 if quick else 1_000), coal()
    for seconds, n in ((0.1, 4_000), (1.0, 6_000), (60.0, 4_000)):
        if quick:
            seconds, n = seconds / 20, n // 10
        place = Simulated(n_workers, seconds)
        wall, cpu = searched(task, SMALL, n, place)
        share = place.busy / (n_workers * wall)
        print(
            f"{n_workers} workers, {seconds:g} s a candidate, {n} candidates: busy {share:.0%} of "
            f"{wall:.0f} s; the master {cpu / wall:.0%}, {n / wall:.0f} candidates a second"
        )


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("parts", nargs="*", choices=[*PARTS, []])
    words.add_argument("--quick", action="store_true")
    given = words.parse_args()
    does = {
        "size": size, "master": partial(master, given.quick), "tiny": partial(tiny, given.quick),
        "crowd": partial(crowd, given.quick),
    }  # fmt: skip
    for part in given.parts or PARTS:
        print(f"{part}:", flush=True)
        does[part]()


if __name__ == "__main__":
    # Workers must find what this file defines under its own name.
    sys.path.insert(0, str(Path(__file__).parent))
    import cluster

    cluster.main()
