"""Studies that train language models, prepared by somebody else, and all that reads them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cellcolony.cli.draw import draw
from cellcolony.cli.export import export
from cellcolony.cli.generate import generate
from cellcolony.cli.report import report
from cellcolony.cli.show import show
from cellcolony.cli.watch import watch
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.schedule import Schedule
from cellcolony.report.files import write_files
from cellcolony.runs import recorder
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.runs.stages import final_scores, finals
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.trained_model import find_trained_model
from cellcolony.search.nodes import NodeEvolution
from tests.runs import settings
from tests.runs.fakes import fake_language
from tests.runs.hostile import Attack

EVOLUTION = NodeEvolution(population=4, generations=3)
N_NODES = 10
TRAINING = LanguageTraining(ModelSettings(hidden=2, layers=1), Schedule(1, batch=4, steps=20))
STAGES = (
    settings.SEARCH,
    ControlStage(),
    CellsStage(cells=("lstm",), tuned=("lstm",)),
    finals.FinalsStage(training=TRAINING),
    final_scores.FinalScoresStage(),
)


@contextmanager
def real_finals() -> Iterator[None]:
    """Let candidates take no time; the final trainings are real ones, and small."""
    begin = finals.begin_finals, final_scores.begin_scores
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recorder, "CANDIDATES", 3)
        patched.setattr(recorder, "SECONDS", 0.0)
        patched.setattr(os, "fsync", lambda _: None)  # a power cut is no attack
        fake_language(patched)
        patched.setattr(finals, "begin_finals", begin[0])
        patched.setattr(final_scores, "begin_scores", begin[1])
        yield


class StudyAttack(Attack):
    """A folder with a search for nodes and its final trainings, which is damaged, and a secret.

    Attributes:
        whole: A run that ended.
        killed: The same, killed among its final trainings.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.whole, self.killed = folder / "whole", folder / "killed"
        self.run, self.out, self.secret = folder / "run", folder / "out", folder / "elsewhere"
        (folder / "data").mkdir()
        task = settings.text_in(folder / "data")
        with real_finals():
            study = settings.nodes(task, STAGES, EVOLUTION)
            budget = f"{N_NODES} networks"
            how: dict[str, Any] = {"executor": "threads", "device": "cpu"}
            write_files(study.run(budget, out=self.whole, **how))
        shutil.copytree(self.whole, self.killed)
        for name in ("result.toml", "scores.csv", "report.html"):
            (self.killed / name).unlink()
        lines = (self.killed / "journal.jsonl").read_text().splitlines(keepends=True)
        last = next(at for at, line in enumerate(lines) if '"item", "stage": "finals"' in line)
        (self.killed / "journal.jsonl").write_text("".join(lines[: last + 1]))

    @property
    def readers(self) -> dict[str, Callable[[Any], object]]:
        """What reads such a run."""
        return READERS


def _methods(attack: StudyAttack) -> None:
    result = open_run(attack.run)
    assert repr(result)
    assert result.models
    for judged in result.history.candidates:
        result.genome(judged.number)
        list(result.history.lineage(judged.number))
    for champion in result.front:
        result.champion(champion.number)
    for model in ("evolved node", "random search", "lstm", "tuned lstm"):
        result.final(model)
    find_trained_model(result)


def _resume(attack: StudyAttack) -> None:
    with real_finals():
        how: dict[str, Any] = {"executor": "threads", "device": "cpu"}
        write_files(resume(attack.run, f"{N_NODES} networks", **how))


READERS: dict[str, Callable[[Any], object]] = {
    "methods": _methods,
    "show": lambda a: show(a.run),
    "draw": lambda a: draw(a.run),
    "draw to a file": lambda a: draw(a.run, out=a.out / "node.svg"),
    "watch": lambda a: watch(a.run, once=True),
    "report": lambda a: report(a.run),
    "generate": lambda a: generate(a.run, tokens=3),
    "torch": lambda a: export(a.run, to="torch", out=a.out / "model.py"),
    "latex": lambda a: export(a.run, to="latex", out=a.out / "cells.tex"),
    "resume": _resume,
}
OTHERS = tuple(name for name in READERS if name not in ("methods", "resume"))
