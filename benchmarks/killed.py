"""What `soak.py` kills: commands, each with all that it needs, and what must be as if undisturbed.

A command is begun as a user begins it, and gone on with as a user goes on with it: by `resume`, or
by the same words again. A process of it says on a pipe which phase it is in.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMES = frozenset(("at", "seconds", "search_seconds", "control_seconds", "workers"))
"""Keys and columns that differ between two studies that are otherwise the same."""
OF_A_SESSION = frozenset(("checkpoint.json", "lock", "report.html", "result.toml"))
"""Files that tell of sessions, or of times."""
READINGS = "test"
"""The items that count how often the test was read: who goes on after Ctrl-C reads it again."""
ITEMS = "items"
OLD = b"what stood there before\n"
STARTING, COMPILING, WRITING, CHECKPOINT, REPORTING = (
    "starting", "compiling", "writing a file", "inside a checkpoint", "report",
)  # fmt: skip


@dataclass(frozen=True)
class Killed:
    """A command that is killed.

    Attributes:
        name: What it is called.
        first: From the folder of the data and where it writes to the words that begin it.
        again: The same for the words that go on with it; None where these are the same.
        writes: The file that it writes; empty where it writes a folder.
        weight: How often it is drawn, as against others.
    """

    name: str
    first: Callable[[Path, Path], Sequence[str]]
    again: Callable[[Path, Path], Sequence[str]] | None = None
    writes: str = ""
    weight: int = 1

    def words(self, data: Path, out: Path, workers: int) -> list[str]:
        """Return the words of the command line that begin it, or go on with it."""
        goes_on = self.again is not None and (out / "config.toml").exists()
        words = [*(self.again if goes_on and self.again else self.first)(data, out)]
        return [str(one).replace("WORKERS", str(workers)) for one in words]

    def outcome(self, out: Path) -> dict[str, Any]:
        """Return what must be the same as if nobody had disturbed it, by the files' names."""
        if self.writes:
            return {self.writes: (out / self.writes).read_bytes()}
        return {str(path.relative_to(out)): content for path, content in _contents(out)}


def _contents(out: Path) -> Iterator[tuple[Path, Any]]:
    """Yield each file of a folder that must not depend on what disturbed it, without times."""
    for path in sorted(out.rglob("*")):
        if not path.is_file() or path.name in OF_A_SESSION or path.name.startswith("checkpoint"):
            continue
        content = path.read_bytes()
        if path.suffix == ".jsonl":
            yield path, _lines(content)
        elif path.suffix == ".csv":
            yield path, _rows(content)
        elif path.suffix == ".json":
            yield path, _timeless(json.loads(content))
        elif path.suffix == ".toml":
            yield path, _timeless(tomllib.loads(content.decode()))
        else:
            yield path, content


def _lines(content: bytes) -> dict[str, list[str]]:
    """Return the lines that count, those of the search and those of stages, each kind sorted."""
    lines = [json.loads(line) for line in content.splitlines()]
    kept: dict[str, list[str]] = {"search": [], ITEMS: []}
    for line in lines:
        if line.get("event") != "stage" and line.get("stage") != READINGS:
            of = kept[ITEMS if line.get("event") == "item" else "search"]
            if "cut_short" not in line:
                of.append(json.dumps(_timeless(line), sort_keys=True))
    return {kind: sorted(found) for kind, found in kept.items()}


def differs(found: Any, plain: Any) -> bool:
    """Say whether what a file holds is something else than what nobody disturbed has written.

    Where Ctrl-C has ended a search early, its journal has the stages of that shorter search, too.
    """
    if isinstance(found, dict) and isinstance(plain, dict) and ITEMS in plain:
        return found["search"] != plain["search"] or not set(plain[ITEMS]) <= set(found[ITEMS])
    return found != plain


def _rows(content: bytes) -> list[dict[str, str]]:
    return [
        {key: value for key, value in row.items() if "seconds" not in key and key != "trained in"}
        for row in csv.DictReader(io.StringIO(content.decode()))
    ]


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _timeless(one) for key, one in value.items() if key not in TIMES}
    return [_timeless(one) for one in value] if isinstance(value, list) else value


def _search(*more: str) -> Callable[[Path, Path], list[str]]:
    return lambda data, out: [
        "search", str(data / "wave.csv"), "--target", "wave", "--order", "strict", "--workers",
        "WORKERS", "--out", str(out), *more,
    ]  # fmt: skip


def _resume(data: Path, out: Path) -> list[str]:
    return ["resume", str(out), "--workers", "WORKERS"]


def _of_run(*words: str) -> Callable[[Path, Path], list[str]]:
    """Return a command that reads the finished run `done`."""
    return lambda data, out: [
        one.replace("RUN", str(data / "done")).replace("DATA", str(data)).replace("OUT", str(out))
        for one in words
    ]


TRAINED_LM = (
    "--hidden", "6", "--layers", "1", "--epochs", "6", "--batch", "4", "--steps", "10",
    "--device", "cpu",
)  # fmt: skip
NODES = (
    "--population", "6", "--generations", "3", "--hidden", "4", "--layers", "1", "--epochs", "1",
    "--final-hidden", "5", "--final-layers", "1", "--final-epochs", "2", "--n-seeds", "1",
    "--rivals", "lstm", "--control", "random", "--order", "strict",
)  # fmt: skip
ALL = (
    Killed(
        "search",
        _search("--budget", "60networks", "--control", "random", "--rivals",
                "persistence,ridge,GRU,examm"),
        _resume, weight=6,
    ),
    Killed(
        "search --method ants",
        _search("--method", "ants", "--budget", "200networks", "--cells", "simple,gru",
                "--n-layers", "2", "--rivals", "persistence,GRU", "--executor", "processes"),
        _resume, weight=3,
    ),
    Killed(
        "search --seeds",
        _search("--seeds", "2", "--budget", "20networks", "--rivals", "persistence,GRU"),
        weight=3,
    ),
    Killed(
        "evolve-node",
        lambda data, out: ["evolve-node", "--train", str(data / "text.txt"), "--workers", "WORKERS",
                           "--out", str(out), *NODES],
        _resume, weight=3,
    ),
    Killed(
        "train-lm",
        lambda data, out: ["train-lm", "--cell", "lstm", "--train", str(data / "text.txt"),
                           "--seeds", "2", "--out", str(out), *TRAINED_LM],
        lambda data, out: ["resume", str(out)], weight=2,
    ),
    Killed(
        "battery",
        lambda data, out: ["battery", str(data / "battery.toml"), "--workers", "WORKERS",
                           "--out", str(out)],
        weight=2,
    ),
    Killed(
        "league",
        lambda data, out: ["league", str(data / "league.toml"), "--budget", "15networks",
                           "--seeds", "2", "--rivals", "persistence,GRU", "--order", "strict",
                           "--workers", "WORKERS", "--out", str(out)],
        weight=2,
    ),
    Killed("predict", _of_run("predict", "RUN", "DATA/wave.csv", "--out", "OUT/p.csv"), None,
           "p.csv"),
    Killed("export", _of_run("export", "RUN", "--to", "numpy", "--out", "OUT/m.py"), None, "m.py"),
    Killed("export --to c", _of_run("export", "RUN", "--to", "c", "--out", "OUT/m.c"), None,
           "m.c"),
    Killed("report", _of_run("report", "RUN", "--out", "OUT/r.html"), None, "r.html"),
    Killed("draw", _of_run("draw", "RUN", "--out", "OUT/d.svg"), None, "d.svg"),
)  # fmt: skip
"""All that is killed."""

BATTERY = """
budget = "20 networks"
repeats = 2
data = "demo"
[method]
name = "ants"
n_ants = 5
n_layers = 1
cells = ["simple"]
[[axis]]
name = "pheromone"
levels = [{ label = "constant", pheromone = "constant" }, { label = "rank", pheromone = "rank" }]
"""
LEAGUE = """
[one]
files = ["wave.csv"]
target = "wave"
[other]
files = ["wave.csv"]
target = "other"
"""


def prepare(folder: Path) -> None:
    """Write the data of all commands: series, a text, a battery, a league."""
    import numpy as np
    import pandas as pd

    steps = np.arange(300)
    wave = np.sin(steps / 7) + 0.05 * np.random.default_rng(0).normal(size=len(steps))
    frame = pd.DataFrame({"wave": 50 + 20 * wave, "other": np.cos(steps / 7)})
    frame.to_csv(folder / "wave.csv", index=False)
    (folder / "text.txt").write_text("the cat sat on the mat and the dog on the cat\n" * 150)
    (folder / "battery.toml").write_text(BATTERY)
    (folder / "league.toml").write_text(LEAGUE)


PIPE = [-1]
"""Where this process says in which phase it is."""
SAID = [STARTING]


def say(phase: str) -> None:
    """Say which phase begins, where anybody listens."""
    if PIPE[0] >= 0:
        os.write(PIPE[0], f"{phase}\n".encode())


def let_commands_say() -> None:
    """Import the commands so that they say which phase they are in; checkpoints come often."""
    from cellcolony.store import files

    def told(phase: str, does: Callable[..., Any]) -> Callable[..., Any]:
        """Return what does the same, and says so before and after it."""

        def does_and_says(*args: Any, **more: Any) -> Any:
            say(phase)
            does(*args, **more)
            say(SAID[-1])

        return does_and_says

    files.write_file = told(WRITING, files.write_file)  # before others import it
    from cellcolony.runs import recorder
    from cellcolony.runs.bookkeeping import Bookkeeping
    from cellcolony.runs.events import Compiling, Scored, SearchEnded, SearchStarted, StageStarted

    recorder.write_checkpoint = told(CHECKPOINT, recorder.write_checkpoint)
    recorder.CANDIDATES, recorder.SECONDS = 4, 0.0
    emit = Bookkeeping.emit

    def observe(books: Bookkeeping, event: Any) -> None:
        if isinstance(event, Compiling):
            SAID.append(COMPILING)
        elif isinstance(event, SearchStarted):
            SAID.append(event.title)
        elif isinstance(event, StageStarted):
            SAID.append(event.stage)
        elif isinstance(event, SearchEnded):
            SAID.append("between stages")
        elif isinstance(event, Scored):
            SAID.append(REPORTING)
        say(SAID[-1])
        emit(books, event)

    Bookkeeping.emit = observe


def let_forks_begin_at_once() -> None:
    """Import what commands need, and compile: what is forked from here is at work at once."""
    let_commands_say()
    from importlib import import_module

    from cellcolony import cells
    from cellcolony.cli import COMMANDS
    from cellcolony.networks.warm_up import warm_up

    for name in COMMANDS:
        import_module(f"cellcolony.cli.{name}")
    for name in ("layers.long_training", "report.sections", "report.files", "runs.studies",
                 "runs.resume", "runs.repeat", "export.exportable", "report.battery"):  # fmt: skip
        import_module(f"cellcolony.{name}")
    warm_up(tuple(cells.names()))


def carry_out(pipe: int, words: Sequence[str]) -> int:
    """Carry out a command line, and say on a pipe which phase it is in; return its status."""
    PIPE[0] = pipe
    say(STARTING)
    from cellcolony.cli import main

    return main(words)


if __name__ == "__main__":
    PIPE[0] = int(sys.argv[1])
    say(STARTING)
    let_commands_say()
    sys.exit(carry_out(PIPE[0], sys.argv[2:]))
