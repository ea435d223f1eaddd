"""Directories of searches for nodes that somebody else has prepared, and all that reads them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cellcolony.runs.nodes.evolve import evolve_node
from cellcolony.runs.nodes.resume import resume_node
from cellcolony.runs.nodes.stored import best_cell, open_node_run

from cellcolony.cli.draw import draw
from cellcolony.cli.show import show
from cellcolony.cli.watch import watch
from cellcolony.report.nodes.files import write_node_drawings
from cellcolony.runs import failing, saving
from cellcolony.search.nodes import NodeEvolution
from tests.runs.hostile import Attack
from tests.runs.nodes.fakes import SETTINGS, make_bench, task_in

EVOLUTION = NodeEvolution(population=4, generations=3)
N_NETWORKS = 10


class NodeAttack(Attack):
    """A folder with a search for nodes in it, which is damaged, and a secret beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.whole, self.killed = folder / "whole", folder / "killed"
        self.run, self.out, self.secret = folder / "run", folder / "out", folder / "elsewhere"
        (folder / "data").mkdir()
        task = task_in(folder / "data")
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(saving, "CANDIDATES", 3)
            patched.setattr(saving, "SECONDS", 0.0)
            patched.setattr(failing, "LEAST_TOLD", 10**9)
            result = evolve_node(
                task, EVOLUTION, f"{N_NETWORKS} networks", out=self.whole, order="strict",
                executor="threads", make_bench=make_bench(), **SETTINGS,
            )  # fmt: skip
        write_node_drawings(result)
        shutil.copytree(self.whole, self.killed)
        for name in ("result.toml", "scores.csv"):
            (self.killed / name).unlink()
        lines = (self.killed / "finals.jsonl").read_text().splitlines(keepends=True)
        (self.killed / "finals.jsonl").write_text("".join(lines[:-2]))

    @property
    def readers(self) -> dict[str, Callable[[Any], object]]:
        """What reads such a run."""
        return READERS


def _methods(attack: NodeAttack) -> None:
    result = open_node_run(attack.run)
    assert repr(result)
    for judged in result.history:
        result.tree(judged.number)
        result.lineage(judged.number)
    for champion in result.front:
        result.champion(champion.number)
    best_cell(attack.run)


def _resume(attack: NodeAttack) -> None:
    result = resume_node(
        attack.run, f"{N_NETWORKS} networks", executor="threads", make_bench=make_bench()
    )
    write_node_drawings(result)


READERS: dict[str, Callable[[Any], object]] = {
    "methods": _methods,
    "show": lambda a: show(a.run),
    "draw": lambda a: draw(a.run),
    "draw to a file": lambda a: draw(a.run, out=a.out / "node.svg"),
    "watch": lambda a: watch(a.run, once=True),
    "resume": _resume,
}
