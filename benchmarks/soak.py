"""Kill a search at random instants, again and again, and see whether it ends as if undisturbed.

    python benchmarks/soak.py runs/soak [--kills 200] [--seed 0] [--executor threads]

A process searches in strict order, with checkpoints as often as can be, and is killed by SIGKILL:
after some time, when its journal has grown, inside a checkpoint, while it starts or scores. Each
resume has 1, 2 or 4 workers. A run that has ended is compared with one of the same seed that nobody
disturbed: journal (without times), front and scores. Then the next seed begins. After every kill
the lines that stood in the journal must still stand there. The folder of a failure is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

N_NETWORKS = 300
WORKERS = (1, 2, 4)
TIMES = ("at", "seconds")
BY_TIME, BY_GROWTH, IN_CHECKPOINT, AT_START, AT_END = range(5)
CHANCES = (3, 6, 5, 3, 3)
"""How often a kill is of each of these kinds."""
STARTED, SEARCHING, SAVING, SAVED, SCORING = range(5)
"""What a child says when a phase begins, a byte each."""
PHASES = {
    STARTED: "starting", SEARCHING: "searching", SAVED: "searching", SAVING: "checkpoint",
    SCORING: "scoring",
}  # fmt: skip
LONGEST = 300.0
"""Seconds after which a child counts as hanging."""


def child(data: str, out: str, seed: str, workers: str, executor: str, said: str) -> None:
    """Begin or go on with a run, and say which phase it is in."""
    pipe = int(said)
    os.write(pipe, bytes([STARTED]))
    from cellcolony import AntSwarm, Forecast, evolve, resume
    from cellcolony.networks.protocol import Protocol
    from cellcolony.runs import recorder
    from cellcolony.runs.events import Event, SearchStarted, StageStarted

    def watch(event: Event) -> None:
        if isinstance(event, SearchStarted):
            os.write(pipe, bytes([SEARCHING]))
        elif isinstance(event, StageStarted) and event.stage == "scores":
            os.write(pipe, bytes([SCORING]))

    def write_and_say(*args: Any) -> None:
        os.write(pipe, bytes([SAVING]))
        write_checkpoint(*args)
        os.write(pipe, bytes([SAVED]))

    write_checkpoint: Callable[..., None] = recorder.write_checkpoint
    recorder.write_checkpoint = write_and_say
    recorder.CANDIDATES, recorder.SECONDS = 4, 0.0
    common: dict[str, Any] = {"workers": int(workers), "executor": executor, "on_event": watch}
    if (Path(out) / "config.toml").exists():
        resume(out, **common)
        return
    ants = AntSwarm(n_ants=5, n_layers=2, n_nodes_per_layer=3, cells=("simple", "gru"))
    evolve(
        Forecast.from_csv(data, "wave"), ants, f"{N_NETWORKS} networks", seed=int(seed),
        training=Protocol(name="quick", epochs=2, window=20, lanes=4), order="strict", out=out,
        **common,
    )  # fmt: skip


@dataclass
class Child:
    """A process that searches, and what it has said.

    Attributes:
        process: It.
        pipe: Where it says in which phase it is.
        said: All that it has said so far.
        began: When it was started, in seconds of the monotonic clock.
    """

    process: subprocess.Popen[bytes]
    pipe: int
    said: bytes = b""
    began: float = field(default_factory=time.monotonic)

    @staticmethod
    def of(folder: Path, run: Path, seed: int, workers: int, executor: str) -> Child:
        """Start a process; what it prints goes to a file beside the run."""
        read, write = os.pipe()
        words = (folder / "wave.csv", run, seed, workers, executor, write)
        command = [sys.executable, __file__, "--child", *map(str, words)]
        with run.with_suffix(".log").open("ab") as log:
            process = subprocess.Popen(command, pass_fds=(write,), stdout=log, stderr=log)
        os.close(write)
        return Child(process, read)

    def listen(self, seconds: float) -> None:
        """Take in what it says for so long at most, or until it says something."""
        if select.select([self.pipe], [], [], seconds)[0]:
            self.said += os.read(self.pipe, 4096)

    @property
    def seconds(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self.began

    def end(self) -> str | None:
        """Kill it, and return in which phase that was; None if it had ended by itself."""
        self.process.kill()
        was_killed = self.process.wait() == -signal.SIGKILL
        while chunk := os.read(self.pipe, 4096):
            self.said += chunk
        os.close(self.pipe)
        return PHASES[self.said[-1] if self.said else STARTED] if was_killed else None


def instant(chance: random.Random, run: Path, seconds: float) -> Callable[[Child], bool]:
    """Draw when the next kill comes: what is returned says whether it is time.

    Args:
        chance: Draws.
        run: The run directory.
        seconds: How long an undisturbed run takes.
    """
    (kind,) = chance.choices((BY_TIME, BY_GROWTH, IN_CHECKPOINT, AT_START, AT_END), CHANCES)
    share, journal = chance.random(), run / "journal.jsonl"
    had = journal.stat().st_size if journal.exists() else 0
    n_before = chance.randrange(12)

    def is_time(child: Child) -> bool:
        if kind == BY_TIME:
            return child.seconds > share * seconds
        if kind == BY_GROWTH:
            return journal.exists() and journal.stat().st_size - had > share * 60_000
        if kind == AT_START:
            return child.seconds > share * seconds / 3
        mark, n = (SAVING, n_before) if kind == IN_CHECKPOINT else (SCORING, 0)
        if child.said.count(mark) <= n:
            return False
        time.sleep(share * (0.01 if kind == IN_CHECKPOINT else seconds / 4))
        return True

    return is_time


def lines_of(run: Path) -> bytes:
    """Return the whole lines of a run's journal."""
    journal = run / "journal.jsonl"
    text = journal.read_bytes() if journal.exists() else b""
    return text[: text.rfind(b"\n") + 1]


def outcome(run: Path) -> dict[str, Any]:
    """Return what must be the same in two runs of the same seed."""
    from cellcolony import open_run

    journal = [json.loads(line) for line in lines_of(run).splitlines()]
    counted = [
        {key: line[key] for key in line if key not in TIMES}
        for line in journal
        if line["event"] in ("asked", "done") and "cut_short" not in line
    ]
    result = open_run(run)
    return {
        "journal": sorted(counted, key=lambda line: (line["number"], line["event"])),
        "front": [(champion.number, champion.loss) for champion in result.front],
        "scores": [(s.model, s.split, s.measure, s.n_rows, s.value) for s in result.scores],
        "weights": [champion.network.weights.tobytes().hex() for champion in result.front],
    }


class Soak:
    """Runs that are killed.

    Args:
        folder: Where to; it is made.
        n_kills: How many kills.
        seed: Of the kills, and of the first run.
        executor: Where networks are trained.
    """

    def __init__(self, folder: Path, n_kills: int, seed: int, executor: str) -> None:
        self.folder, self.n_kills, self.executor = folder, n_kills, executor
        self.chance = random.Random(seed)
        self.seeds = count(seed)
        self.phases: Counter[str] = Counter()
        self.failures: list[str] = []
        self.n_runs = self.n_starts = 0

    def survive(self) -> None:
        """Kill and resume until the kills are used up, and let the last run end."""
        while self.phases.total() < self.n_kills:
            seed = next(self.seeds)
            plain, run = self.folder / f"{seed}-undisturbed", self.folder / f"{seed}-killed"
            self.n_runs += 1
            child = self._start(plain, seed)
            status, seconds = child.process.wait(), child.seconds
            child.end()
            fault = f"undisturbed, status {status}" if status else self._disturb(run, seed, seconds)
            if fault is None and (differs := different(outcome(run), outcome(plain))):
                fault = f"{differs} other than undisturbed"
            if fault is not None:
                self.failures.append(f"{run}: {fault}")
                print(f"FAILED, {self.failures[-1]}", flush=True)
                continue
            for path in self.folder.glob(f"{seed}-*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            print(f"seed {seed}: {self.phases.total()} kills survived", flush=True)

    def _disturb(self, run: Path, seed: int, seconds: float) -> str | None:
        """Kill a run until it has ended; return what went wrong."""
        while True:
            before = lines_of(run)
            has_kills = self.phases.total() < self.n_kills
            is_time = instant(self.chance, run, seconds) if has_kills else lambda _: False
            child = self._start(run, seed)
            while child.process.poll() is None and not is_time(child):
                child.listen(0.002)
                if child.seconds > LONGEST:
                    child.end()
                    return f"it hung for {LONGEST:g} s"
            phase = child.end()
            if not lines_of(run).startswith(before):
                return "lines of the journal have changed"
            if phase is None:
                status = child.process.returncode
                return f"a resume ended with status {status}" if status else None
            self.phases[phase] += 1
            if not (run / "config.toml").exists():  # it was no run yet
                shutil.rmtree(run, ignore_errors=True)

    def _start(self, run: Path, seed: int) -> Child:
        self.n_starts += 1
        return Child.of(self.folder, run, seed, self.chance.choice(WORKERS), self.executor)


def different(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Name what differs between two outcomes."""
    return ", ".join(key for key in one if one[key] != other[key])


def series(folder: Path) -> None:
    """Write the data: a wave with noise, and another."""
    import numpy as np
    import pandas as pd

    steps = np.arange(300)
    wave = np.sin(steps / 7) + 0.05 * np.random.default_rng(0).normal(size=len(steps))
    frame = pd.DataFrame({"wave": 50 + 20 * wave, "other": np.cos(steps / 7)})
    frame.to_csv(folder / "wave.csv", index=False)


def main() -> None:
    """Read the command line, kill, and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--executor", choices=("threads", "processes"), default="threads")
    options = parser.parse_args()
    from coal import machine

    print(f"{machine()}; load {os.getloadavg()[0]:.1f}", flush=True)
    options.folder.mkdir(parents=True)
    series(options.folder)
    soak = Soak(options.folder, options.kills, options.seed, options.executor)
    began = time.monotonic()
    soak.survive()
    seconds = time.monotonic() - began
    phases = ", ".join(f"{n} {phase}" for phase, n in soak.phases.most_common())
    print(
        f"{soak.phases.total()} kills ({phases}) in {soak.n_runs} runs of {N_NETWORKS} networks, "
        f"{soak.n_starts} processes, {seconds:.0f} s; {len(soak.failures)} failures"
    )
    sys.exit(bool(soak.failures))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(*sys.argv[2:])
    else:
        main()
