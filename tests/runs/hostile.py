"""Run directories that somebody else has prepared, and everything that reads them."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import math
import os
import resource
import shutil
import signal
import sys
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w
from safetensors.numpy import load, save

from cellcolony.cli.compare import compare
from cellcolony.cli.draw import draw
from cellcolony.cli.export import export
from cellcolony.cli.predict import predict
from cellcolony.cli.report import report
from cellcolony.cli.show import show
from cellcolony.errors import CellcolonyError
from cellcolony.fitness.evaluation import Evaluation
from cellcolony.report.files import write_files
from cellcolony.runs import executors, saving, session
from cellcolony.runs.evolve import evolve
from cellcolony.runs.resume import resume
from cellcolony.runs.scores import ModelScore
from cellcolony.runs.stored import open_run
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import ANTS, TRAINING

N_NETWORKS = 8
SECONDS, BYTES = 30, 3 << 30
"""What any reader may take of time, and of memory beyond what the process has."""
SECRET = "the secret of another folder"

VALUES: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 7, 2**31, 2**63, 10**30, 10**200, 0.5, -0.5, 1e-320, 1e15, 1e30,
    1e308, -1e308, math.inf, -math.inf, math.nan, "", "x", "1", "nan", "1e999", "x" * 200_000,
    "../../secret", "/dev/zero", "a\nb", "a\0b", "\x1b[31mred", "\x9b31m", "<script>", "é" * 50,
    [], {}, [[]], [0], ["x"], [1e308, -1], [None], {"x": 1}, {"": {}}, [[0, 1, 2]], [0] * 5000,
    date(1979, 5, 27),
)  # fmt: skip
"""What a field is replaced by; None takes it away where there is no null."""


class Hang(BaseException):
    """Something took longer than anything may."""


@contextlib.contextmanager
def guarded() -> Iterator[None]:
    """End what hangs, and let an allocation of terabytes fail at once."""

    def interrupt(*_: object) -> None:
        raise Hang

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limits = resource.getrlimit(resource.RLIMIT_AS)
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + BYTES, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limits)
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Attack:
    """A folder with a run in it, which is damaged, and a secret beside it.

    Attributes:
        whole: A run that ended.
        killed: The same, killed before its scores were written.
        data: The file that it was begun with.
    """

    def __init__(self, folder: Path, frame: pd.DataFrame) -> None:
        self.folder = folder
        self.data = folder / "data" / "wave.csv"
        self.whole, self.killed = folder / "whole", folder / "killed"
        self.run, self.out, self.secret = folder / "run", folder / "out", folder / "elsewhere"
        self.data.parent.mkdir()
        frame.to_csv(self.data, index=False)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(saving, "CANDIDATES", 3)
            patched.setattr(saving, "SECONDS", 0.0)
            task = Forecast.from_csv(self.data, ["wave", "other"])
            budget = f"{N_NETWORKS} networks"
            write_files(evolve(task, ANTS, budget, seed=1, protocol=TRAINING, out=self.whole))
        shutil.copytree(self.whole, self.killed)
        for name in ("result.toml", "test_predictions.csv", "colony.safetensors", "report.html"):
            (self.killed / name).unlink()

    def prepare(self, killed: bool = False) -> Path:
        """Return a run that may be damaged, in a folder of its own."""
        for path in (self.run, self.out, self.secret):
            shutil.rmtree(path, ignore_errors=True)
        shutil.copytree(self.killed if killed else self.whole, self.run)
        self.out.mkdir()
        self.secret.mkdir()
        (self.secret / "file").write_text(SECRET)
        return self.run

    def bugs(self, *readers: str) -> list[str]:
        """Return what each reader did that none may do: a traceback, a hang, a look elsewhere."""
        found = []
        for name in readers or tuple(READERS):
            said = io.StringIO()
            try:
                with guarded(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    READERS[name](self)
            except CellcolonyError as error:
                said.write(str(error))
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                found.append(f"{name}: {where(error)}")
            if SECRET in said.getvalue():
                found.append(f"{name}: it told the secret")
        entries = [path.name for path in self.secret.iterdir()]
        if entries != ["file"] or (self.secret / "file").read_text() != SECRET:
            found.append(f"it wrote elsewhere: {entries}")
        for path in self.out.rglob("*"):
            if path.is_file() and SECRET in path.read_text("utf-8", "replace"):
                found.append(f"{path.name} holds the secret")
        return found


def where(error: BaseException) -> str:
    """Return an error and the last lines of ours that it went through."""
    trace, lines = error.__traceback__, []
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if "cellcolony" in file:
            lines.append(f"{Path(file).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__}({str(error)[:300]!r}) at {' '.join(lines[-5:])}"


def _methods(attack: Attack) -> None:
    result = open_run(attack.run)
    frame = pd.read_csv(attack.data)
    for champion in result.front:
        result.predict(frame, champion.number)
    assert repr(result)
    assert result.rivals
    result.test_predictions()
    if result.has_colony:
        result.colony()


def _forecast(attack: Attack) -> None:
    result = open_run(attack.run)
    result.forecast(pd.read_csv(attack.data)[list(result.transform.inputs)], 5)


def _resume(attack: Attack) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(executors, "FullTraining", Untrained)
        patched.setattr(session, "_rivals", _some_rivals)
        result = resume(attack.run, f"{N_NETWORKS} networks")
    write_files(result)


class Untrained:
    """Judges a network as it is."""

    def __init__(self, *_: object) -> None:
        pass

    def __call__(self, candidate) -> Evaluation:
        n = candidate.network.n_weights
        return Evaluation.succeeded(1 / n, candidate.network.weights, (1.0, 1 / n), 0.1, 10)


def _some_rivals(task_bench, *_: object) -> tuple[tuple[ModelScore, ...], bool]:
    targets = task_bench.task.transform.targets
    scores = [
        ModelScore("persistence", None, 0, split, target, 1.0, 1.0, 30, 0.0)
        for split in ("valid", "test")
        for target in targets
    ]
    return tuple(scores), False


READERS: dict[str, Callable[[Attack], object]] = {
    "methods": _methods,
    "forecast": _forecast,
    "show": lambda a: show(a.run),
    "predict": lambda a: predict(a.run, a.data, out=a.out / "predictions.csv"),
    "draw": lambda a: draw(a.run),
    "draw dot": lambda a: draw(a.run, out=a.out / "network.dot"),
    "draw colony": lambda a: draw(a.run, colony=True),
    "numpy": lambda a: export(a.run, to="numpy", out=a.out / "model.py"),
    "torch": lambda a: export(a.run, to="torch", out=a.out / "torch.py"),
    "report": lambda a: report(a.run),
    "compare": lambda a: compare([a.run, a.whole], plot=a.out / "sizes.svg"),
    "resume": _resume,
}


class Tree:
    """The fields of a file, of which one is replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.values = _values(path)
        self.places = list(_places(self.values, ()))

    def put(self, place: tuple[Any, ...], value: Any) -> None:
        """Write the file with another value at a place."""
        inner = self.values
        for key in place[:-1]:
            inner = inner[key]
        if value is None and self.path.suffix == ".toml":
            del inner[place[-1]]
        else:
            inner[place[-1]] = value
        _write(self.path, self.values)


def _values(path: Path) -> Any:
    if path.suffix == ".toml":
        return tomllib.loads(path.read_text())
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text().splitlines()]
    if path.suffix == ".json":
        return json.loads(path.read_text())
    if path.suffix == ".csv":
        with path.open(newline="") as file:
            return list(csv.reader(file))
    content = path.read_bytes()
    n_header = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + n_header])
    numbers = {name: tensor.tolist() for name, tensor in load(content).items()}
    return {"header": header, "numbers": numbers}


def _write(path: Path, values: Any) -> None:
    if path.suffix == ".toml":
        path.write_text(tomli_w.dumps(_for_toml(values)))
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(line, default=str) + "\n" for line in values))
    elif path.name == "checkpoint.json":
        body = {key: value for key, value in values.items() if key != "sha256"}
        path.write_text(json.dumps(_signed(body), default=str))
    elif path.suffix == ".json":
        path.write_text(json.dumps(values, default=str))
    elif path.suffix == ".csv":
        with path.open("w", newline="", errors="replace") as file:
            csv.writer(file, escapechar="\\").writerows(
                row if isinstance(row, list) else [row] for row in values
            )
    else:
        _write_tensors(path, values)


def _signed(body: dict[str, Any]) -> dict[str, Any]:
    """Return a checkpoint whose checksum is right: whoever changes it can compute that too."""
    try:
        digest = hashlib.sha256(json.dumps(body, sort_keys=True, default=str).encode()).hexdigest()
    except TypeError:  # keys of several kinds
        digest = ""
    return {"sha256": digest, **body}


def _for_toml(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _for_toml(one) for key, one in value.items() if one is not None}
    if isinstance(value, list):
        return [_for_toml(one) for one in value if one is not None]
    return value


def _write_tensors(path: Path, values: dict[str, Any]) -> None:
    """Write other numbers, or the same numbers under another header."""
    content = path.read_bytes()
    n_header = int.from_bytes(content[:8], "little")
    before = json.loads(content[8 : 8 + n_header])
    if values.get("header") != before:
        header = json.dumps(values.get("header"), default=str).encode()
        path.write_bytes(len(header).to_bytes(8, "little") + header + content[8 + n_header :])
    else:
        tensors, given = {}, values.get("numbers")
        for name, numbers in given.items() if isinstance(given, dict) else ():
            wrong = contextlib.suppress(ValueError, TypeError, OverflowError)
            with wrong, np.errstate(over="ignore", invalid="ignore"):
                tensors[name] = np.array(numbers, load(content)[name].dtype)
        path.write_bytes(save(tensors))
    checkpoint = path.parent / "checkpoint.json"
    if path.name.startswith("checkpoint"):  # so that the checksum is right again
        body = json.loads(checkpoint.read_text())
        body.pop("sha256")
        body["arrays_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        checkpoint.write_text(json.dumps(_signed(body)))


def _places(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    """Yield where every value stands, lists and tables too."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, one in inner:
        yield (*place, key)
        if isinstance(one, (dict, list)):
            yield from _places(one, (*place, key))


def files_of(run: Path) -> list[Path]:
    """Return the files of a run, relative to it."""
    return sorted(path.relative_to(run) for path in run.rglob("*") if path.is_file())


def watch_for_code() -> tuple[list[str], Callable[[bool], None]]:
    """Return a list that takes in whatever is executed while it is switched on, and the switch."""
    seen: list[str] = []
    state = {"on": False}
    forbidden = {
        "pickle.find_class", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn",
        "os.spawn", "os.startfile", "socket.connect", "urllib.Request",
    }  # fmt: skip

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if state["on"] and event in forbidden:
            seen.append(f"{event}{arguments!r:.200}")

    sys.addaudithook(hook)
    return seen, lambda on: state.update(on=on)


def make_special(path: Path, kind: str, secret: Path) -> None:
    """Put something else than a regular file of the run at a path."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    if kind == "folder":
        path.mkdir()
        (path / "inside").write_text("x")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.symlink_to(
            {
                "link out": secret / "file",
                "link to a folder": secret,
                "dangling link": secret / "nothing",
                "loop": path,
                "device": Path("/dev/zero"),
            }[kind]
        )
