"""What `soak.py` kills: commands, each with all that it needs, and what must be as if undisturbed.

A command is begun as a user begins it, and gone on with as a user goes on with it: by `resume`, or
by the same words again.
"""

from __future__ import annotations

import csv
import io
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
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
PRINTED = "printed.txt"
"""Where what a command prints goes to that writes nothing."""
OLD = b"what stood there before\n"


@dataclass(frozen=True)
class Killed:
    """A command that is killed.

    Attributes:
        name: What it is called.
        first: From the folder of the data and where it writes to the words that begin it.
        again: The same for the words that go on with it; None where these are the same.
        writes: The file that it writes; empty where it writes a folder.
        weight: How often it is drawn, as against others.
        needs: The finished runs that it reads: keys of `READ`.
        whole: What it writes last, and refuses to write again; empty where it may be begun again.
        prints: Whether what it prints is all that it does.
    """

    name: str
    first: Callable[[Path, Path], Sequence[str]]
    again: Callable[[Path, Path], Sequence[str]] | None = None
    writes: str = ""
    weight: int = 1
    needs: tuple[str, ...] = ()
    whole: str = ""
    prints: bool = False

    def words(self, data: Path, out: Path, workers: int) -> list[str]:
        """Return the words of the command line that begin it, or go on with it."""
        goes_on = self.again is not None and (out / "config.toml").exists()
        words = [*(self.again if goes_on and self.again else self.first)(data, out)]
        return [str(one).replace("WORKERS", str(workers)) for one in words]

    @property
    def begins_anew(self) -> bool:
        """Whether it does all of it again after a kill."""
        return bool(self.writes or self.whole or self.prints)

    def has_ended(self, out: Path) -> bool:
        """Say whether nothing is left to be done, however it was ended."""
        return bool(self.whole) and (out / self.whole).exists()

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
        content = path.read_bytes().replace(bytes(out), b"OUT")
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


def _words(*words: str) -> Callable[[Path, Path], list[str]]:
    """Return a command from its words, in which DATA and OUT stand for the folders."""
    return lambda data, out: [
        one.replace("DATA", str(data)).replace("OUT", str(out)) for one in words
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
    Killed(
        "mix",
        _words("mix", "DATA/node-0", "DATA/node-1", "--top", "60%", "--networks", "8", "--groups",
               "2", "--control", "random,known", "--order", "strict", "--workers", "WORKERS",
               "--out", "OUT"),
        _resume, weight=2, needs=("node-0", "node-1"),
    ),
    Killed(
        "scale-up",
        _words("scale-up", "DATA/node-0", "--hidden", "6", "--layers", "1", "--epochs", "3",
               "--batch", "4", "--steps", "10", "--grid", "dropout=0/0.2", "--grid-epochs", "1",
               "--efforts", "1", "--efforts", "2", "--kept", "2", "--rivals", "lstm", "--device",
               "cpu", "--workers", "WORKERS", "--out", "OUT"),
        _resume, weight=2, needs=("node-0",),
    ),
    Killed(
        "train-meta",
        _words("train-meta", "DATA/node-0", "DATA/node-1", "--split", "node", "--marks", "8",
               "--first", "2", "--out", "OUT/meta"),
        needs=("node-0", "node-1"), whole="meta",
    ),
    Killed(
        "reproduce asne",
        _words("reproduce", "asne", "DATA/wave.csv", "--target", "wave", "--repeats", "1",
               "--workers", "WORKERS", "--out", "OUT/paper"),
        weight=2,
    ),
    Killed(
        "reproduce n2n",
        _words("reproduce", "n2n", "DATA/text.txt", "--table", "1", "--figure", "4b", "--workers",
               "1", "--out", "OUT/paper"),
        weight=2,
    ),
    Killed("generate", _words("generate", "DATA/node-0", "--tokens", "60"), needs=("node-0",),
           prints=True),
    Killed("score", _words("score", "DATA/node-0", "DATA/text.txt"), needs=("node-0",),
           prints=True),
    Killed("predict", _words("predict", "DATA/done", "DATA/wave.csv", "--out", "OUT/p.csv"),
           writes="p.csv", needs=("done",)),
    Killed("export", _words("export", "DATA/done", "--to", "numpy", "--out", "OUT/m.py"),
           writes="m.py", needs=("done",)),
    Killed("export --to c", _words("export", "DATA/done", "--to", "c", "--out", "OUT/m.c"),
           writes="m.c", needs=("done",)),
    Killed("report", _words("report", "DATA/done", "--out", "OUT/r.html"), writes="r.html",
           needs=("done",)),
    Killed("draw", _words("draw", "DATA/done", "--out", "OUT/d.svg"), writes="d.svg",
           needs=("done",)),
)  # fmt: skip
"""All that is killed."""

READ: Mapping[str, Callable[[Path, Path], Sequence[str]]] = {
    "done": ALL[0].first,
    **{
        f"node-{seed}": _words(
            "evolve-node", "--train", "DATA/text.txt", "--preset", "lab", "--budget", "12networks",
            "--efforts", "8", "--shares", "1.0", "--rates", "1.0", "--contenders", "2", "--hidden",
            "4", "--batch", "4", "--steps", "10", "--parts", "2", "--scored", "0.5", "--no-control",
            "--rivals", "gru", "--n-seeds", "1", "--final-epochs", "1", "--workers", "1",
            "--executor", "threads", "--seed", str(seed), "--out", "OUT",
        )
        for seed in range(2)
    },
}  # fmt: skip
"""The runs that other commands read, and the words that make them."""

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
