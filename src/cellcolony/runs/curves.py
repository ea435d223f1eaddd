"""Read learning curves from run directories of searches for nodes, and from files of curves.

Every training of a search for nodes is a curve in its journal. A file `curves.jsonl` holds a curve
in each line, for instance of trainings that no search would do: `benchmarks/node_curves.py` writes
one. docs/how-to/files.md says what a line holds.
"""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_value import digest_of
from cellcolony.errors import ConfigError, RunError, brief
from cellcolony.judges.meta.curve import N_FIRST, N_MARKS, Curve, whole
from cellcolony.judges.meta.judge import PredictedFitness
from cellcolony.judges.proxy import ProxyTraining
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.config_file import read_config
from cellcolony.runs.curve_lines import curve_of
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.journal import ASKED, DONE, evaluation_of, read_journal
from cellcolony.settings import plain
from cellcolony.store import foreign
from cellcolony.store.reading import DAMAGE, LARGEST_LINE, readable
from cellcolony.store.sameness import differences

MOST_MARKS = 1_000
FAILED = "failed before their first marks were done"
BEGUN = "only begun, as their run was judged by predictions"
BY_PROXY = "of a smaller model, as the lower rungs of their run were judged by proxy"


@dataclass
class CurveSet:
    """Curves of one training of one text.

    Attributes:
        n_first: How many marks are known when a prediction is made.
        n_marks: How many a whole training has.
        curves: The curves.
        left_out: How many trainings were left out, by the reason.
    """

    n_first: int = N_FIRST
    n_marks: int = N_MARKS
    curves: list[Curve] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    _first: tuple[str, dict[str, Any]] | None = None

    def read(self, path: Path) -> None:
        """Take in the curves of a run directory, or of a file.

        Raises:
            RunError: As for `read_curves`.
        """
        if path.is_dir():
            for name, run in _searches(path):
                _read_run(self, name, run)
        else:
            _read_file(self, path)

    def add(self, where: str, curve: Curve) -> None:
        """Take in a curve, or leave it out.

        Args:
            where: Where it is from, for errors.
            curve: The curve, of any number of marks.

        Raises:
            RunError: It is of another training or text than those before.
        """
        if curve.n_marks != self.n_marks:
            self.left_out[f"of {curve.n_marks} marks"] += 1
            return
        if len(curve.marks) < self.n_first:
            self.left_out[FAILED] += 1
            return
        facts = {"task": curve.task, "words": curve.n_words, **plain(curve.training)}
        if self._first is None:
            self._first = where, facts
        elif found := differences(self._first[1], facts):
            raise RunError(
                f"{where} holds other trainings than {self._first[0]}: "
                f"{'; '.join(map(str, found))}. A predictor learns from trainings that are alike "
                "but for the node and a factor of the rate: give one kind of them."
            )
        self.curves.append(curve)


def check_numbers(n_first: int, n_marks: int) -> None:
    """Check how many marks are known, and how many a whole training has.

    Raises:
        ConfigError: They cannot be.
    """
    if not 2 <= n_first < n_marks <= MOST_MARKS:
        raise ConfigError(
            f"`first` must be at least 2, and below `marks`, which is at most {MOST_MARKS:,}. Got "
            f"{n_first} and {n_marks}."
        )


def read_curves(paths: Iterable[Path], n_first: int = N_FIRST, n_marks: int = N_MARKS) -> CurveSet:
    """Read the curves of run directories, with the searches within them, and of files of curves.

    Args:
        paths: Directories and files; somebody else may have made them.
        n_first: How many marks are known when a prediction is made.
        n_marks: How many marks a whole training has; others are left out, as their learning rate
            fell otherwise.

    Raises:
        ConfigError: The numbers of marks cannot be.
        RunError: One cannot be read, is no search for nodes, or has trainings of another kind than
            those before; or no curve has as many marks.
    """
    paths = tuple(paths)
    check_numbers(n_first, n_marks)
    found = CurveSet(n_first, n_marks)
    for path in paths:
        found.read(path)
    if not found.curves:
        lengths = "; ".join(f"{n:,} {what}" for what, n in found.left_out.most_common(5))
        raise RunError(
            f"{', '.join(map(str, paths))}: no training has {n_marks} marks ({lengths or 'none'}). "
            "Train for as many epochs, or parts of them, or say how many a whole training has, and "
            "how many are known: --marks and --first."
        )
    return found


def _searches(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield the name and the directory of a search, and of those within it.

    Raises:
        RunError: It is no run directory, or no search for nodes.
    """
    config = read_config(path)
    if config.genome != "tree":
        raise RunError(
            f"{path} is no search for nodes: its method is {config.method_name!r}. Curves are "
            "those of runs of `cellcolony evolve-node`, or of a file curves.jsonl."
        )
    yield path.resolve().name, path
    for within in config.searches:
        if (path / within.folder / JOURNAL).exists():
            yield f"{path.resolve().name}/{within.folder}", path / within.folder


def _read_run(found: CurveSet, name: str, run: Path) -> None:
    config: StudyConfig = read_config(run)
    facts: Any = config.facts
    epochs, asked = config.training.schedule.epochs, {}
    judge = config.judge
    is_begun = isinstance(judge, PredictedFitness)
    proxy = judge if isinstance(judge, ProxyTraining) else None
    for line in read_journal(run / JOURNAL):
        with readable(f"{run / JOURNAL}, candidate {line.number} {line.event}"):
            if line.event == ASKED:
                asked[line.number] = line
            elif line.event == DONE and not line.cut_short:
                first = asked.pop(line.number)
                effort, rate = int(first.light.get("effort", 1)), first.light.get("rate", 1.0)
                curve = evaluation_of(line.light).curve
                failed = "failure" in line.light
                if is_begun:
                    found.left_out[BEGUN] += 1
                elif proxy is not None and proxy.stands_for(effort):
                    found.left_out[BY_PROXY] += 1
                elif not failed and len(curve) != effort * epochs:
                    found.left_out["cut short"] += 1
                elif not failed and not all(map(math.isfinite, curve)):
                    raise ValueError("a validation loss of it is not finite")
                else:
                    tree = Tree.from_dict(first.values["tree"])
                    found.add(
                        str(run),
                        Curve(
                            name, line.number, tree, digest_of(tree), config.task["fingerprint"],
                            facts.n_vocabulary, whole(config.training, effort * epochs),
                            float(rate), config.seed, () if failed else curve,
                            math.inf if failed else curve[-1],
                        ),
                    )  # fmt: skip


def _read_file(found: CurveSet, path: Path) -> None:
    with readable(f"{path}: the file of curves"):
        file = foreign.open_regular(path)
    with file:
        size, number = os.fstat(file.fileno()).st_size, 0
        while file.tell() < size:
            text, number = file.readline(LARGEST_LINE), number + 1
            if not text.endswith(b"\n") and file.tell() >= size:
                return  # a kill has cut it short, or it is being written
            where = f"{path}, line {number}"
            try:
                found.add(where, curve_of(foreign.parse_json(text), where))
            except DAMAGE as error:
                raise RunError(
                    f"{where}: expected a curve, got {brief(text[:60].decode('utf-8', 'replace'))} "
                    f"({str(error)[:300]})."
                ) from error
