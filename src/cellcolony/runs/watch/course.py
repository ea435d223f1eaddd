"""What the kinds of searches have of their own for whoever watches them: seed, genomes, the end."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from cellcolony.cells.tree import Tree
from cellcolony.errors import RunError
from cellcolony.networks.genome import Network
from cellcolony.runs import directory, kinds
from cellcolony.runs.events import Scoring, Stage
from cellcolony.runs.nodes.against import RANDOM
from cellcolony.runs.nodes.stages import FINALS
from cellcolony.runs.nodes.stored import read_node_config
from cellcolony.runs.reading import CONFIG, read_config

AFTER_NODES = (
    "Random search, the rivals and the final trainings follow: see random and finals.jsonl."
)


@dataclass(frozen=True)
class Course:
    """How a search takes its course.

    Attributes:
        kind: What its genomes are.
        seed: Keys every random stream.
    """

    kind: str
    seed: int

    def written_after(self, run: Path) -> float | None:
        """Return when something was last written that follows the search; None where it goes on.

        A colony goes away when its search goes on; what follows a search for nodes stays, and tells
        by its time.
        """
        if self.kind == Network.kind:
            return _time_of(run / directory.COLONY)
        files = (run / RANDOM / CONFIG, run / RANDOM / directory.JOURNAL, run / FINALS)
        times = [time for time in map(_time_of, files) if time is not None]
        searched = _time_of(run / directory.JOURNAL)
        if not times or (searched is not None and max(times) < searched):
            return None
        return max(times)

    def after(self, run: Path) -> Scoring | Stage:
        """Return what happens once the search is over."""
        if self.kind == Network.kind:
            return Scoring(_n_entries(run / directory.CHAMPIONS))
        return Stage(AFTER_NODES)


def course_of(run: Path) -> Course:
    """Return how the search of a run takes its course.

    Raises:
        RunError: Its settings cannot be read, or it is no search.
    """
    kind = kinds.kind_of(run)
    if kind == kinds.FORECAST:
        return Course(Network.kind, read_config(run).seed)
    if kind == kinds.NODE_SEARCH:
        return Course(Tree.kind, read_node_config(run).seed)
    raise RunError(f"{run} holds a {kind}, and no search that could be watched.")


def _time_of(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _n_entries(path: Path) -> int:
    try:
        return len(os.listdir(path))
    except OSError:
        return 0
