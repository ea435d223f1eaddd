"""Hostile inputs without end: files of runs that are damaged or forged, and words of commands.

An input is drawn by its number and a seed, and handed to the command line in this process. It may
be refused; whatever else than an error of ours comes of it, or takes too long or too much memory,
is a fault. Used by `tests/cli/test_hostile_inputs.py` and `benchmarks/fuzz.py`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import resource
import shutil
import signal
import time
import tomllib
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import tomli_w

from cellcolony.cli import COMMANDS, main
from cellcolony.errors import RunError

LONGEST_SECONDS = 10.0
"""Of the processor, which others may share."""
LONGEST_WAIT = 300.0
"""Seconds of the wall, for who waits for something that never comes."""
MOST_BYTES = 1 << 30
"""Of memory that one process may take in addition while it goes through inputs."""
STATUSES = (0, 2, 130)
TEXTS = (
    "", " ", "-", "--", "\x1b[2J", "\u202e", "é", "=cmd()", "../x", "~nobody/x", "~", "a" * 5000,
    "x\ny", "x\ty", "*", "[", "{", "0", "-1", "1e999", "nan", "9" * 400, "1.5", "true", "None",
    "__class__", "%s%n", "'; import os", "lstm", "run", "wave.csv", ",,,", ":1", "1:", "\udcff",
    "x\0y",
)  # fmt: skip
"""What a word, or a text in a file, may be."""
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 10**30, 10**90, 0.5, -0.0, 1e308, [], {}, [[]],
    [None], {"a": 1}, *TEXTS[:24],
)  # fmt: skip
"""What stands in a forged file in place of a value."""
READING = (
    ("show", "RUN"), ("lineage", "RUN", "1"), ("cite", "RUN"), ("compare", "RUN"),
    ("draw", "RUN", "--out", "d.svg"), ("report", "RUN", "--out", "r.html"),
    ("predict", "RUN", "wave.csv", "--out", "p.csv"), ("watch", "RUN"),
    ("export", "RUN", "--to", "numpy", "--out", "m.py"), ("resume", "RUN", "--workers", "1"),
    ("export", "RUN", "--to", "latex", "--out", "m.tex"), ("replay", "RUN"),
    ("generate", "RUN", "--tokens", "5"), ("score", "RUN", "text.txt"), ("mix", "RUN", "RUN"),
    ("scale-up", "RUN", "--out", "large"), ("train-meta", "RUN", "--out", "meta"),
    ("ensemble", "RUN", "--out", "e"),
)  # fmt: skip
"""What is done with a damaged run."""
BASES = (
    ("check", "wave.csv", "--target", "wave"), ("search", "wave.csv", "--target", "wave"),
    ("demo",), ("draw", "lstm"), ("list", "cells"), ("battery", "small"),
    ("train-lm", "--cell", "lstm", "--train", "text.txt"), ("evolve-node", "--train", "text.txt"),
    ("reproduce", "asne", "wave.csv"), ("mix", "run", "--train", "text.txt"),
    ("train-meta", "run", "--out", "meta"), ("ensemble", "run", "--out", "e"), *READING,
)  # fmt: skip
"""Words that are in order, to which others are added."""
UNREAD = (".svg", ".html", ".tex", ".png")
TABLES, TASK = "tables", "task"
CONFIG = "config.toml"


class Fault(NamedTuple):
    """An input that did harm.

    Attributes:
        number: Which one.
        what: The words, and what was damaged.
        why: A traceback, a hang, or the status.
    """

    number: int
    what: str
    why: str


class Hung(BaseException):
    """An input takes too long."""


@dataclass
class Fuzzer:
    """Draws inputs, and tries them.

    Attributes:
        folder: Where to work; runs to damage lie in `runs/` of it, and a table `wave.csv` in it.
        seed: Keys all inputs.
    """

    folder: Path
    seed: int = 0

    def tries(self, numbers: range) -> Iterator[Fault | None]:
        """Try inputs, and yield what came of each."""
        self.runs = sorted((self.folder / "runs").iterdir())
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_bytes_now() + MOST_BYTES, before[1]))
        here = Path.cwd()
        try:
            with _nothing_trained():
                for number in numbers:
                    yield self._try(number)
        finally:
            os.chdir(here)
            resource.setrlimit(resource.RLIMIT_AS, before)

    def _try(self, number: int) -> Fault | None:
        chance = random.Random(f"{self.seed} {number}")
        place = self.folder / "at work" / "a" / "b"  # some way up is still ours
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        shutil.copy(self.folder / "wave.csv", place / "wave.csv")
        os.chdir(place)
        kind = chance.choice(("words", "run", "run", TASK, TABLES))
        shutil.copy(self.folder / "text.txt", place / "text.txt")
        if kind == "words":
            words, told = list(hostile_words(chance)), ""
            if words[-1:] == ["run"] or "run" in words[1:3]:
                shutil.copytree(chance.choice(self.runs), place / "run")
        elif kind == "run":
            words, told = self._damaged_run(chance, place)
        elif kind == TASK:
            words, told = self._forged_task(chance, place)
        else:
            words, told = self._damaged_table(chance, place)
        return _carried_out(number, words, told)

    def _damaged_run(self, chance: random.Random, place: Path) -> tuple[list[str], str]:
        of = chance.choice(self.runs)
        shutil.copytree(of, place / "run")
        files = [one for one in (place / "run").rglob("*") if one.is_file()]
        files = sorted(one for one in files if one.suffix not in UNREAD)
        told = []
        for _ in range(chance.choice((1, 1, 1, 2))):
            file = chance.choice(files)
            content = damaged(chance, file.read_bytes(), file.suffix)
            file.write_bytes(content)
            told.append(str(file.relative_to(place)))
        words = [one.replace("RUN", "run") for one in chance.choice(READING)]
        if (place / "run" / "battery.toml").exists() or (place / "run" / "league.toml").exists():
            words = [chance.choice(("battery", "league", "report", "show")), "run"]
        return words, f"{of.name}: {', '.join(told)}"

    def _forged_task(self, chance: random.Random, place: Path) -> tuple[list[str], str]:
        """Forge what a run says of its data, which commands read before anything else."""
        of = chance.choice([one for one in self.runs if (one / CONFIG).exists()])
        shutil.copytree(of, place / "run")
        config = tomllib.loads((of / CONFIG).read_text(encoding="utf-8"))
        config["task"] = _forged(chance, config["task"])
        with contextlib.suppress(TypeError, AttributeError):  # no TOML
            text = tomli_w.dumps(config).encode("utf-8", "surrogateescape")
            (place / "run" / CONFIG).write_bytes(text)
        words = [one.replace("RUN", "run") for one in chance.choice(READING)]
        return words, f"{of.name}: [task] {config['task']}"

    def _damaged_table(self, chance: random.Random, place: Path) -> tuple[list[str], str]:
        content = (place / "wave.csv").read_bytes()
        (place / "wave.csv").write_bytes(damaged(chance, content, ".csv"))
        what = chance.choice((("check",), ("search",)))
        words = [*what, "wave.csv", "--target", "wave"]
        if chance.random() < 0.3:
            words += ["--time", "other"]
        return words, "wave.csv"


def hostile_words(chance: random.Random) -> Iterator[str]:
    """Yield the words of a command line: a command, some of its options, any values."""
    if chance.random() < 0.6:
        command, *others = (one.replace("RUN", "run") for one in chance.choice(BASES))
    else:
        command = chance.choice([*COMMANDS]).replace("_", "-")
        others = [chance.choice(TEXTS) for _ in range(chance.randrange(3))]
    yield command
    yield from others
    options = _options(command)
    for _ in range(chance.randrange(5)):
        option = chance.choice(options) if options else "--out"
        yield option
        if chance.random() < 0.85:
            yield chance.choice(TEXTS)


_KNOWN: dict[str, list[str]] = {}


def _options(command: str) -> list[str]:
    """Return the names of a command's options, as its help tells them."""
    if command not in _KNOWN:
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            main([command, "--help"])
        found = set(re.findall(r"--[a-z][a-z-]+", told.getvalue()))
        _KNOWN[command] = sorted(found - {"--help", "--version"})
    return _KNOWN[command]


def damaged(chance: random.Random, content: bytes, suffix: str) -> bytes:
    """Return the content of a file, damaged at random or forged."""
    forge: dict[str, Callable[..., bytes]] = {
        ".json": _forged_json, ".jsonl": _forged_lines, ".toml": _forged_toml,
    }  # fmt: skip
    if suffix in forge and chance.random() < 0.6:
        with contextlib.suppress(
            ValueError, TypeError, LookupError, AttributeError, RecursionError
        ):
            return forge[suffix](chance, content)  # else a list where a table must stand, or so
    return _torn(chance, content)


def _torn(chance: random.Random, content: bytes) -> bytes:
    """Flip, cut, double or insert bytes; or write something else in place of a number."""
    a, b = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    b = min(b, a + chance.choice((1, 4, 100, 10_000)))
    anything = chance.choice(TEXTS).encode("utf-8", "surrogateescape")
    kind = chance.randrange(7)
    if kind == 0:
        return content[:a]
    if kind == 1:
        return content[:a] + content[b:]
    if kind == 2:
        return content[:b] + content[a:]
    if kind == 3:
        return content[:a] + chance.randbytes(b - a) + content[b:]
    if kind == 4:
        return content[:a] + anything + content[a:]
    if kind == 5:
        return chance.choice(
            (b"", b"\0" * 8, b"\xff\xfe", b"[" * 100_000, b"{}", b"\n\n", anything)
        )
    numbers = list(re.finditer(rb"-?\d+(\.\d+)?(e-?\d+)?", content))
    if not numbers:
        return content + anything
    one = chance.choice(numbers)
    return content[: one.start()] + anything + content[one.end() :]


def _forged_json(chance: random.Random, content: bytes) -> bytes:
    return json.dumps(_forged(chance, json.loads(content))).encode()


def _forged_toml(chance: random.Random, content: bytes) -> bytes:
    return tomli_w.dumps(_forged(chance, tomllib.loads(content.decode()))).encode()


def _forged_lines(chance: random.Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    kind = chance.randrange(4)
    if kind == 0:
        del lines[at]
    elif kind == 1:
        lines.insert(at, chance.choice(lines))
    else:
        lines[at] = _forged_json(chance, lines[at]) + b"\n"
    return b"".join(lines)


def _forged(chance: random.Random, value: Any) -> Any:
    """Return a tree of values in which one, somewhere, is another, missing, or doubled."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice([*value])
        if chance.random() < 0.1:
            return {name: one for name, one in value.items() if name != key}
        if chance.random() < 0.05:
            return {**value, chance.choice(TEXTS): chance.choice(VALUES)}
        return {**value, key: _forged(chance, value[key])}
    if isinstance(value, list) and value and chance.random() < 0.9:
        at = chance.randrange(len(value))
        if chance.random() < 0.1:
            return value[:at] + value[at + 1 :]
        if chance.random() < 0.1:
            return value[:at] + [value[at]] * chance.choice((2, 1000)) + value[at + 1 :]
        return [*value[:at], _forged(chance, value[at]), *value[at + 1 :]]
    return chance.choice(VALUES)


def _carried_out(number: int, words: list[str], told: str) -> Fault | None:
    """Carry out a command line in this process; return what went wrong."""
    what = f"{words} {told}"

    def hang(_signal: int, _frame: object) -> None:
        raise Hung

    limits = {
        signal.SIGPROF: (signal.ITIMER_PROF, LONGEST_SECONDS),
        signal.SIGALRM: (signal.ITIMER_REAL, LONGEST_WAIT),
    }
    previous = {one: signal.signal(one, hang) for one in limits}
    for timer, seconds in limits.values():
        signal.setitimer(timer, seconds)
    began = time.process_time()
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            status = main(words)
    except Hung:
        return Fault(number, what, f"more than {time.process_time() - began:.0f} s of processor")
    except (Exception, SystemExit):
        return Fault(number, what, traceback.format_exc())
    finally:
        for one, (timer, _) in limits.items():
            signal.setitimer(timer, 0)
            signal.signal(one, previous[one])
    if status not in STATUSES or "Traceback" in printed.getvalue():
        return Fault(number, what, f"status {status}: {printed.getvalue()[-2000:]}")
    if "not enough memory" in printed.getvalue():
        return Fault(number, what, f"more than {MOST_BYTES:,} bytes")
    if time.process_time() - began > LONGEST_SECONDS:
        return Fault(number, what, f"more than {LONGEST_SECONDS:g} s of processor")
    return None


@contextlib.contextmanager
def _nothing_trained() -> Iterator[None]:
    """Let every study end where its training would begin, and nothing wait for a run."""

    def reached(*_: Any, **__: Any) -> Any:
        raise RunError("it would be trained now")

    def look_again(seconds: float) -> None:
        raise KeyboardInterrupt

    with (
        mock.patch("cellcolony.runs.session.Session.run", reached),
        mock.patch("cellcolony.runs.battery.run.carry_out", reached),
        mock.patch("cellcolony.report.watch_view.time.sleep", look_again),
    ):
        yield


def _bytes_now() -> int:
    """Return how large the address space of this process is."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
