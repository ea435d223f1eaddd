"""Kill every command in every phase, again and again, and see whether it ends as if undisturbed.

    python benchmarks/soak.py runs/soak [--kills 500] [--seed 0] [--only search,battery]

A command (`killed.py` lists them) is ended by SIGKILL, SIGTERM or Ctrl-C at an instant that chance
draws: in a phase that an undisturbed process of it went through, the first or a later time that it
comes there, so long after. Then it is gone on with, as a user would, until it has ended; each start
has 1 or 2 workers, and checkpoints are written as often as can be. What it has written is then
compared with what nobody disturbed has written, to the bit but for times. After every kill all
lines of all journals must still stand there, the file of a command that writes one is the old one
or the new one, no process has printed a traceback, and who was asked to end has ended with status
130. The folder of a fault is kept. How many kills fell into each phase of each command is printed
at the end, and stands in kills.csv all the time.

Most processes are forked from one that has imported and compiled everything; one of FRESH is
started as a user starts it, so that kills come while it starts, too.
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from children import LONGEST, Child
from killed import ALL, OLD, PRINTED, READ, Killed, differs, prepare
from told_phases import ENDING, STARTING, let_forks_begin_at_once

WORKERS = (1, 2)
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
CHANCES = (6, 1, 2)
"""How often each of these comes."""
TO_END = 300.0
"""Seconds that a process has to end which was asked to."""
FRESH = 8
"""One of so many processes is not forked."""
TRUNCATED = "pickle data was truncated"
COUNTS = "kills.csv"
"""The file that says how many kills fell into each phase of each command."""
MOST_KILLS = 30
"""Of one command, which is then left to end: a short one might be killed at every start."""
MOST_STARTS = 60
"""Of one command, after which it counts as never ending."""


@dataclass(frozen=True)
class Instant:
    """When a kill comes.

    Attributes:
        phase: In which phase.
        n: After how many times that the phase was said.
        seconds: So long after that.
    """

    phase: str
    n: int
    seconds: float

    @staticmethod
    def drawn(chance: random.Random, plain: list[tuple[str, float]], last: str) -> Instant:
        """Draw one.

        Args:
            chance: Draws.
            plain: The phases of an undisturbed process.
            last: The phase in which the last kill came: no earlier one will come again.
        """
        names = list(dict.fromkeys(phase for phase, _ in plain if phase != ENDING))
        phase = chance.choice(names[names.index(last) if last in names else 0 :])
        places = [i for i, (name, _) in enumerate(plain) if name == phase]
        ends = [plain[i + 1][1] if i + 1 < len(plain) else plain[i][1] + 0.5 for i in places]
        longest = max(end - plain[i][1] for i, end in zip(places, ends, strict=True))
        n = 1 if chance.random() < 0.5 else chance.randint(1, len(places))
        return Instant(phase, n, longest * chance.random() ** 2)

    def wait(self, child: Child) -> bool:
        """Wait for it; say whether it has come, and the process has not ended before."""
        n_seen = n_said = 0
        while child.process.poll() is None:
            child.listen(0.05)
            n_said += sum(phase == self.phase for phase, _ in child.phases[n_seen:])
            n_seen = len(child.phases)
            if n_said >= self.n:
                child.process.poll()
                time.sleep(self.seconds)
                return child.process.poll() is None
            if child.seconds > LONGEST:
                raise TimeoutError
        return False


def lines_of(out: Path) -> dict[Path, bytes]:
    """Return the whole lines of all journals of a folder."""
    found = {path: path.read_bytes() for path in out.rglob("*.jsonl")}
    return {path: text[: text.rfind(b"\n") + 1] for path, text in found.items()}


class Soak:
    """Commands that are killed.

    Args:
        folder: Where to; it is made.
        n_kills: How many kills.
        seed: Of the kills, and of the first run.
        commands: What is killed.
    """

    def __init__(self, folder: Path, n_kills: int, seed: int, commands: list[Killed]) -> None:
        self.folder, self.n_kills, self.commands = folder, n_kills, commands
        self.chance = random.Random(seed)
        self.places: Counter[tuple[str, str, str]] = Counter()
        self.failures: list[str] = []
        self.plain: dict[str, Child] = {}
        self.n_runs = self.n_starts = 0

    def survive(self) -> None:
        """Kill and go on until the kills are used up, and let the last command end."""
        weights = [one.weight for one in self.commands]
        for n in count():
            if self.places.total() >= self.n_kills:
                break
            command = (
                self.commands[n]
                if n < len(self.commands)
                else self.chance.choices(self.commands, weights)[0]
            )
            out = self.folder / f"{n}-{command.name.replace(' ', '')}"
            self.n_runs += 1
            try:
                fault = self._disturb(command, out)
            except TimeoutError:
                fault = f"it hung for {LONGEST:g} s"
            if fault is not None:
                self.failures.append(f"{out}: {fault}")
                print(f"FAILED, {self.failures[-1]}", flush=True)
                continue
            shutil.rmtree(out)
            out.with_suffix(".log").unlink()
            print(f"{command.name}: {self.places.total()} kills survived", flush=True)

    def _undisturbed(self, command: Killed) -> Child:
        """Return a process of a command that nobody disturbed; its folder stays."""
        if command.name not in self.plain:
            out = self._place(command)
            child = self._start(command, out)
            while child.process.poll() is None:
                child.listen(0.05)
            child.close()
            if child.process.returncode:
                raise SystemExit(f"{out}: undisturbed, status {child.process.returncode}")
            self.plain[command.name] = child
        return self.plain[command.name]

    def _place(self, command: Killed) -> Path:
        return self.folder / f"undisturbed-{command.name.replace(' ', '')}"

    def _disturb(self, command: Killed, out: Path) -> str | None:
        """Kill a command until it has ended; return what went wrong."""
        plain, last, killed_before = self._undisturbed(command), "", self.places.total()
        if command.writes:
            out.mkdir()
            (out / command.writes).write_bytes(OLD)
        for _ in range(MOST_STARTS):
            before = lines_of(out)
            is_alive = self.places.total() - killed_before < MOST_KILLS
            has_kills = self.places.total() < self.n_kills and is_alive
            after = "" if command.begins_anew else last
            instant = Instant.drawn(self.chance, plain.phases, after) if has_kills else None
            child = self._start(command, out)
            try:
                fault, last = self._kill(child, instant, command, out)
            finally:
                child.close()
            now = lines_of(out)
            if any(not now.get(path, b"").startswith(text) for path, text in before.items()):
                return "lines of a journal have changed"
            if has_traceback(out.with_suffix(".log").read_text(errors="replace")):
                return "a traceback"
            if fault is not None:
                return fault
            if command.writes:
                found = (out / command.writes).read_bytes()
                whole = command.outcome(self._place(command))[command.writes]
                if found not in (OLD, whole):
                    return f"{command.writes} is neither the old one nor the new one"
            if command.prints:
                found = (out / PRINTED).read_bytes()
                if not (self._place(command) / PRINTED).read_bytes().startswith(found):
                    return "it has printed something else"
            if not last or command.has_ended(out):
                return different(command, out, self._place(command))
        return f"it had not ended after {MOST_STARTS} starts"

    def _kill(
        self, child: Child, instant: Instant | None, command: Killed, out: Path
    ) -> tuple[str | None, str]:
        """End a process; return what went wrong, and in which phase it was, empty at its end."""
        name = self.chance.choices(SIGNALS, CHANCES)[0]
        if instant is None:
            instant = Instant("the end", 1, 0.0)
        if not instant.wait(child):
            status = child.process.wait()
            return (f"a start ended with status {status}" if status else None), ""
        while select.select([child.pipe], [], [], 0)[0] and child.process.poll() is None:
            child.listen(0)
        phase = child.phase
        child.process.send_signal(name)
        try:
            status = child.process.wait(TO_END if name != signal.SIGKILL else None)
        except subprocess.TimeoutExpired:
            return f"it did not end within {TO_END:g} s of a {name.name} in {phase}", phase
        if status == 0 and name == signal.SIGKILL:
            return None, ""
        self.places[command.name, phase, name.name] += 1
        self._write_counts()
        if name == signal.SIGKILL or status == 130:
            return None, phase
        if phase in (STARTING, ENDING) and status in (-name, 1):
            log = out.with_suffix(".log")
            if log.read_bytes().rstrip().endswith(b"KeyboardInterrupt"):  # Python's, before ours
                log.write_bytes(b"")
            return None, phase
        if status == 0:  # it has ended: early, which `resume` makes up for, or as it would have
            return None, "" if not was_ended_early(out) else phase
        return f"status {status} after a {name.name} in {phase}", phase

    def _write_counts(self) -> None:
        """Write how many kills fell where: whoever ends this program has lost none of them."""
        part = self.folder / f"{COUNTS}.part"
        with part.open("w", newline="") as file:
            rows = [(*place, n) for place, n in sorted(self.places.items())]
            csv.writer(file).writerows([("command", "phase", "signal", "kills"), *rows])
        part.rename(self.folder / COUNTS)

    def _start(self, command: Killed, out: Path) -> Child:
        self.n_starts += 1
        if command.writes or command.prints:
            out.mkdir(exist_ok=True)
        words = command.words(self.folder, out, self.chance.choice(WORKERS))
        to = out / PRINTED if command.prints else None
        return Child.of(words, out.with_suffix(".log"), to, self.chance.randrange(FRESH) == 0)


def has_traceback(said: str) -> bool:
    """Say whether a process of ours has printed one.

    Python prints one of its own where the master was killed while it started a process.
    """
    tracebacks = said.split("Traceback (most recent call last)")[1:]
    return not all("spawn_main" in one and TRUNCATED in one for one in tracebacks)


def was_ended_early(out: Path) -> bool:
    """Say whether a search was ended by Ctrl-C before its budget was: of a run, or of a seed."""
    results = [out / "result.toml", *out.glob("seed-*/result.toml")]
    return any("interrupted = true" in one.read_text() for one in results if one.exists())


def different(command: Killed, out: Path, plain: Path) -> str | None:
    """Name the files in which two folders differ; None where they do not."""
    one, other = command.outcome(out), command.outcome(plain)
    names = [name for name in {**one, **other} if differs(one.get(name), other.get(name))]
    return f"other than undisturbed: {', '.join(names[:6])}" if names else None


def main() -> None:
    """Read the command line, kill, and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default="", help="commands, with commas between")
    options = parser.parse_args()
    from coal import machine

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}", flush=True)
    options.folder.mkdir(parents=True)
    folder = options.folder.resolve()
    prepare(folder)
    wanted = [one for one in ALL if not options.only or one.name in options.only.split(",")]
    for name in sorted({run for one in wanted for run in one.needs}):
        words = [one.replace("WORKERS", "2") for one in READ[name](folder, folder / name)]
        command = [sys.executable, "-m", "cellcolony", *words]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    let_forks_begin_at_once()
    soak = Soak(folder, options.kills, options.seed, wanted)
    began = time.monotonic()
    try:
        soak.survive()
    except KeyboardInterrupt:
        print("Ended by hand.")
    print(report(soak, time.monotonic() - began))
    sys.exit(bool(soak.failures))


def report(soak: Soak, seconds: float) -> str:
    """Return how many kills came where, and what fell."""
    lines, signals = [], Counter[str]()
    for (_, _, name), n in soak.places.items():
        signals[name] += n
    for command in soak.commands:
        found = Counter[str]()
        for (name, phase, _), n in soak.places.items():
            if name == command.name:
                found[phase] += n
        if found:
            phases = ", ".join(f"{n} {phase}" for phase, n in found.most_common())
            lines.append(f"{command.name}: {found.total()} ({phases})")
    kinds = ", ".join(f"{n} {name}" for name, n in signals.most_common())
    lines.append(
        f"{soak.places.total()} kills ({kinds}) in {soak.n_runs} runs, {soak.n_starts} processes, "
        f"{seconds:.0f} s; {len(soak.failures)} faults"
    )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
