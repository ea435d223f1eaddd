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
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as of_hypothesis

from cellcolony.contract import Evaluation
from cellcolony.errors import CellcolonyError
from cellcolony.judges.training import networks as network_training
from cellcolony.runs import recorder
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.importance import ImportanceStage
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.study import Study
from cellcolony.search.nodes import NodeEvolution
from cellcolony.tasks.forecast import Forecast
from tests.runs import settings
from tests.runs.fakes import faked

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


KINDS = ("forecast", "nodes", "model")
BUDGETS = {"forecast": f"{N_NETWORKS} networks", "nodes": "10 networks", "model": None}
OF_AN_END = (
    "result.toml", "test_predictions.csv", "importance.csv", "responses.csv",
    "residuals.safetensors", "colony.safetensors", "control/result.toml",
)  # fmt: skip
"""What a run has not that was killed; and its last two items are not done."""


class Attack:
    """A folder with a run in it, which is damaged, and a secret beside it.

    Attributes:
        kind: What kind of study it is: "forecast", "nodes" or "model".
        whole: A run that ended.
        killed: The same, killed before its scores were written.
        data: The file that it was begun with.
    """

    def __init__(self, folder: Path, kind: str, frame: pd.DataFrame) -> None:
        self.folder, self.kind = folder, kind
        self.data = folder / "data" / ("wave.csv" if kind == "forecast" else "text.txt")
        self.whole, self.killed = folder / "whole", folder / "killed"
        self.run, self.out, self.secret = folder / "run", folder / "out", folder / "elsewhere"
        self.data.parent.mkdir()
        if kind == "forecast":
            frame.to_csv(self.data, index=False)
        with pytest.MonkeyPatch.context() as patched, self.without_training():
            patched.setattr(recorder, "CANDIDATES", 3)
            patched.setattr(recorder, "SECONDS", 0.0)
            self.study().run(BUDGETS[kind], out=self.whole, executor="threads", device="cpu")
        shutil.copytree(self.whole, self.killed)
        for name in OF_AN_END:
            (self.killed / name).unlink(missing_ok=True)
        journal = self.killed / "journal.jsonl"
        lines = journal.read_text().splitlines(keepends=True)
        journal.write_text("".join(lines[:-2]))

    def study(self) -> Study:
        """Return the study that was begun."""
        if self.kind == "forecast":
            rivals = RivalsStage(("persistence",))
            others = EnsembleStage(), rivals, ScoresStage(), ImportanceStage()
            stages = ControlStage(), *others
            task = Forecast.from_csv(self.data, ["wave", "other"])
            return settings.forecast(task, stages, order="arrival")
        text = settings.text_in(self.data.parent)
        if self.kind == "nodes":
            return settings.nodes(text, method=NodeEvolution(population=4, generations=3))
        return settings.model(text, epochs=1, optimizer="adam")

    @contextlib.contextmanager
    def without_training(self) -> Iterator[None]:
        """Let nothing be trained, but the one language model of a study without a search."""
        with contextlib.ExitStack() as stack:
            if self.kind == "nodes":
                stack.enter_context(faked())
            elif self.kind == "forecast" and self.whole.exists():
                patched = stack.enter_context(pytest.MonkeyPatch.context())
                patched.setattr(network_training, "NetworkTraining", Untrained)
            yield

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
        return READERS[self.kind]

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


class Untrained:
    """Judges a network as it is."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __call__(self, candidate: Any) -> Evaluation:
        n = candidate.genome.n_weights
        return Evaluation.succeeded(1 / n, candidate.genome.weights, (1.0, 1 / n), 0.1, 10)


def _methods(attack: Attack) -> None:
    result = open_run(attack.run)
    assert repr(result)
    assert result.models
    for judged in result.history.candidates:
        result.genome(judged.number)
        list(result.history.lineage(judged.number))
    for model in result.models:
        _ = (model.value("test"), model.values("valid"), model.reach, model.n_weights,
             model.seconds, model.failure, model.recipe)  # fmt: skip
    for champion in result.front:
        result.champion(champion.number)
    entry = result.config.method_entry
    if entry.picture is not None:
        entry.picture(result.config.method, result.config.problem, result.kept, "a title")
    if attack.kind == "forecast":
        frame = pd.read_csv(attack.data)
        for champion in result.front:
            result.predict(frame, champion.number)
        result.predict(frame, "ensemble", interval=0.9)
        result.forecast(frame, 5)
        result.test_predictions()
        _ = result.importance, result.responses
    if attack.kind == "model":
        result.final("lstm")


def _resume(attack: Attack) -> None:
    with attack.without_training():
        more: dict[str, Any] = {"epochs": 2} if attack.kind == "model" else {}
        resume(attack.run, BUDGETS[attack.kind], executor="threads", device="cpu", **more)


def _command(name: str, *arguments: Any, **options: Any) -> Callable[[Attack], object]:
    """Return what runs a command; "run", "runs" and "data" among its arguments are paths."""

    def read(attack: Attack) -> object:
        paths = {"run": attack.run, "data": attack.data, "runs": [attack.run, attack.whole]}
        given = [paths.get(one, one) for one in arguments]
        named = {key: attack.out / one if isinstance(one, Out) else one
                 for key, one in options.items()}  # fmt: skip
        module = import_module(f"cellcolony.cli.{name}")
        return getattr(module, name)(*given, **named)

    return read


class Out(str):
    """The name of a file that a command writes."""


CORE: dict[str, Callable[[Attack], object]] = {"methods": _methods, "resume": _resume}
COMMANDS: dict[str, Callable[[Attack], object]] = {
    "show": _command("show", "run"),
    "show why": _command("show", "run", why=True),
    "draw": _command("draw", "run"),
    "report": _command("report", "run"),
    "watch": _command("watch", "run", once=True),
    "compare": _command("compare", "runs", plot=Out("sizes.svg")),
    "predict": _command("predict", "run", "data", out=Out("predictions.csv")),
    "draw ensemble": _command("draw", "run", number="ensemble", out=Out("ensemble.svg")),
    "numpy ensemble": _command("export", "run", to="numpy", number="ensemble", out=Out("mean.py")),
    "draw dot": _command("draw", "run", out=Out("network.dot")),
    "draw colony": _command("draw", "run", method=True),
    "numpy": _command("export", "run", to="numpy", out=Out("model.py")),
    "torch": _command("export", "run", to="torch", out=Out("torch.py")),
}
"""Whatever kind of study a run is of, a command reads it or says that it cannot."""


READERS: dict[str, dict[str, Callable[[Attack], object]]] = {
    kind: {**CORE, **COMMANDS} for kind in KINDS
}
"""Who reads a run of each kind."""


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


def examples(n: int) -> of_hypothesis:
    """Return settings for so many examples, the same in every run."""
    return of_hypothesis(
        max_examples=n * TIMES,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
