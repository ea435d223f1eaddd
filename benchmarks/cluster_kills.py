"""Kill workers, masters and schedulers of a search on Dask at random instants; nothing may be lost.

    python benchmarks/cluster_kills.py runs/kills [--quick]

50 workers, 10 masters and 5 schedulers are killed: --workers, --masters and --schedulers. A search
in strict order is carried on by masters that are begun anew whenever they end before its time.
After every kill the lines that stood in the journal must still stand there. In the end the journal
is compared with that of a search in one thread that nobody disturbed, and no candidate may be done
twice.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

N_WORKERS = 2
SETTLE = 0.5, 6.0
"""A kill comes after a time between these, in seconds."""
TIMES = ("at", "seconds")
QUIET: dict[str, Any] = {"stdout": subprocess.DEVNULL, "start_new_session": True}


def study(data: str) -> Any:
    """Return the study that is disturbed."""
    from cellcolony import AntSwarm, Forecast
    from cellcolony.networks.protocol import Protocol
    from cellcolony.runs.studies import study_of

    ants = AntSwarm(n_ants=20, n_layers=2, n_nodes_per_layer=4, cells=("simple", "gru"))
    training = Protocol(name="some", epochs=40, window=20, lanes=4)
    return study_of(Forecast.from_csv(data, "wave"), ants, training=training, order="strict")


def master(data: str, out: str, networks: str, file: str) -> None:
    """Begin the search, or go on with it."""
    from cellcolony import resume
    from cellcolony.runs.executors.dask import Dask

    place = Dask(scheduler_file=Path(file), tasks_per_batch=2) if file else "threads"
    if (Path(out) / "config.toml").exists():
        resume(out, executor=place)
        return
    study(data).run(f"{networks} networks", out=out, executor=place)


class Cluster:
    """The processes: a scheduler, workers and a master."""

    def __init__(self, folder: Path, networks: int) -> None:
        self.folder, self.networks = folder, networks
        self.file, self.run = folder / "scheduler.json", folder / "run"
        self.log = (folder / "log.txt").open("a")
        self.scheduler: subprocess.Popen[Any] | None = None
        self.workers: list[subprocess.Popen[Any]] = []
        self.master: subprocess.Popen[Any] | None = None

    def mend(self) -> None:
        """Start what is not there."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.file.unlink(missing_ok=True)
            where = ["--host", "127.0.0.1", "--port", "0", "--dashboard-address", "127.0.0.1:0"]
            self.scheduler = self._start(
                "-m", "distributed.cli.dask_scheduler", *where, "--scheduler-file", self.file
            )
            while not self.file.exists():
                time.sleep(0.05)
        self.workers = [one for one in self.workers if one.poll() is None]
        while len(self.workers) < N_WORKERS:
            words = "-m", "cellcolony", "worker", "--threads", "1", "--wait", "10"
            self.workers.append(self._start(*words, "--scheduler-file", self.file))
        if self.master is None or self.master.poll() is not None:
            words = self.folder / "data.csv", self.run, self.networks, self.file
            self.master = self._start(__file__, "--master", *words)

    def _start(self, *words: Any) -> subprocess.Popen[Any]:
        return subprocess.Popen([sys.executable, *map(str, words)], stderr=self.log, **QUIET)

    def kill(self, kind: str, rng: random.Random) -> None:
        """Kill one of a kind, with all that it has started."""
        one = {"worker": rng.choice(self.workers), "master": self.master}.get(kind, self.scheduler)
        assert one is not None
        end(one)

    def end(self) -> None:
        """Kill all."""
        for one in (self.scheduler, *self.workers, self.master):
            if one is not None:
                end(one)


def end(process: subprocess.Popen[Any]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def whole_lines(path: Path) -> list[bytes]:
    """Return the lines of a journal that were written to their end."""
    if not path.exists():
        return []
    return path.read_bytes().split(b"\n")[:-1]


def told(path: Path) -> list[dict[str, Any]]:
    """Return a journal by number and event, without times."""
    lines = [json.loads(line) for line in whole_lines(path)]
    lines = [line for line in lines if line["event"] in ("asked", "done")]
    plain = [{key: value for key, value in line.items() if key not in TIMES} for line in lines]
    return sorted(plain, key=lambda line: (line["number"], line["event"]))


def main() -> None:
    words = argparse.ArgumentParser()
    words.add_argument("folder", type=Path)
    words.add_argument("--workers", type=int, default=50)
    words.add_argument("--masters", type=int, default=10)
    words.add_argument("--schedulers", type=int, default=5)
    words.add_argument("--networks", type=int, default=3000)
    words.add_argument("--quick", action="store_true")
    given = words.parse_args()
    if given.quick:
        given.workers, given.masters, given.schedulers, given.networks = 3, 1, 1, 100
    given.folder.mkdir(parents=True)
    t, rng = np.arange(600), np.random.default_rng(1)
    wave = np.sin(t / 7) + 0.1 * rng.normal(size=len(t))
    pd.DataFrame({"wave": wave, "other": np.cos(t / 11)}).to_csv(
        given.folder / "data.csv", index=False
    )
    left = Counter(worker=given.workers, master=given.masters, scheduler=given.schedulers)
    kinds, chance = list(left.elements()), random.Random(0)
    chance.shuffle(kinds)
    cluster, journal, lost, n_kills = Cluster(given.folder, given.networks), None, 0, 0
    journal = cluster.run / "journal.jsonl"
    began = time.monotonic()
    try:
        cluster.mend()
        while not (cluster.run / "result.toml").exists():
            deadline = time.monotonic() + chance.uniform(*SETTLE)
            n = len(whole_lines(journal))
            while time.monotonic() < deadline or len(whole_lines(journal)) <= n:
                if (cluster.run / "result.toml").exists():
                    break
                cluster.mend()
                time.sleep(0.1)
            if kinds and not (cluster.run / "result.toml").exists():
                kind, before = kinds.pop(), whole_lines(journal)
                cluster.kill(kind, chance)
                n_kills += 1
                lost += whole_lines(journal)[: len(before)] != before
                print(f"{n_kills}: a {kind}, {len(before)} lines", flush=True)
    finally:
        cluster.end()
    seconds = time.monotonic() - began
    alone = given.folder / "alone"
    study(str(given.folder / "data.csv")).run(f"{given.networks} networks", out=alone, workers=2)
    lines = told(journal)
    done = Counter(line["number"] for line in lines if line["event"] == "done")
    twice = sum(n > 1 for n in done.values())
    same = told(alone / "journal.jsonl") == lines
    print(
        f"{n_kills} kills in {seconds:.0f} s, {len(kinds)} not done; {len(done)} candidates, "
        f"{twice} done twice, {lost} times lines were lost; as if undisturbed: {same}"
    )
    sys.exit(0 if same and not twice and not lost else 1)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--master"]:
        master(*sys.argv[2:])
    else:
        main()
