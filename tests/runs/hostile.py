"""Run directories that somebody else has prepared, and everything that reads them."""

from __future__ import annotations

import contextlib
import io
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from cellcolony.runs.evolve import evolve
from cellcolony.runs.stored import open_run
from hypothesis import HealthCheck, settings

from cellcolony.cli.compare import compare
from cellcolony.cli.draw import draw
from cellcolony.cli.export import export
from cellcolony.cli.predict import predict
from cellcolony.cli.report import report
from cellcolony.cli.show import show
from cellcolony.contract import Evaluation
from cellcolony.errors import CellcolonyError
from cellcolony.judges.training import networks as network_training
from cellcolony.report.files import write_files
from cellcolony.runs import saving, session
from cellcolony.runs.resume import resume
from cellcolony.runs.scores import ModelScore
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import ANTS, TRAINING

N_NETWORKS = 8
SECONDS, BYTES = 30, 3 << 30
"""What any reader may take of time, and of memory beyond what the process has."""
SECRET = "the secret of another folder"
TIMES = int(os.environ.get("CELLCOLONY_HOSTILE_TIMES", "1"))
"""How many times as many examples as in the usual tests."""


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

    @property
    def readers(self) -> dict[str, Callable[[Any], object]]:
        """What reads such a run."""
        return READERS

    def bugs(self, *readers: str) -> list[str]:
        """Return what each reader did that none may do: a traceback, a hang, a look elsewhere."""
        found = []
        for name in readers or tuple(self.readers):
            said = io.StringIO()
            try:
                with guarded(), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                    self.readers[name](self)
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
    result.forecast(pd.read_csv(attack.data), 5)


def _resume(attack: Attack) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(network_training, "NetworkTraining", Untrained)
        patched.setattr(session, "_rivals", _some_rivals)
        result = resume(attack.run, f"{N_NETWORKS} networks")
    write_files(result)


class Untrained:
    """Judges a network as it is."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, candidate) -> Evaluation:
        n = candidate.genome.n_weights
        return Evaluation.succeeded(1 / n, candidate.genome.weights, (1.0, 1 / n), 0.1, 10)


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


def examples(n: int) -> settings:
    """Return settings for so many examples, the same in every run."""
    return settings(
        max_examples=n * TIMES,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
