"""A search for nodes for processes that are killed; who imports this has loaded what they need."""

import shutil
from pathlib import Path
from typing import Any

from cellcolony.runs.nodes.evolve import evolve_node
from cellcolony.runs.nodes.resume import resume_node

from cellcolony.runs import failing, saving
from cellcolony.search.nodes import NodeEvolution
from cellcolony.tasks.language import Language
from tests.runs.nodes.fakes import SETTINGS, make_bench

EVOLUTION = NodeEvolution(population=12, generations=8)
STRICT: dict[str, Any] = {**SETTINGS, "order": "strict", "executor": "threads"}


def search(text: Path, out: Path, workers: int) -> None:
    """Begin a run, or go on with it; its checkpoints come as often as can be."""
    saving.CANDIDATES, saving.SECONDS = 5, 0.0
    failing.LEAST_TOLD = 10**9
    if (out / "config.toml").exists():
        resume_node(out, workers=workers, executor="threads", make_bench=make_bench())
        return
    shutil.rmtree(out, ignore_errors=True)  # it was killed before it was a run
    evolve_node(
        Language.from_files(text), EVOLUTION, out=out, workers=workers, make_bench=make_bench(),
        **STRICT,
    )  # fmt: skip
