"""Make a set of whole learning curves from the nodes of earlier searches, to fit predictors on.

    python benchmarks/node_curves.py RUN... --out curves.jsonl [--each 200] [--part 1/2]

RUN is a run of raced nodes, such as one of the preset `lab`; it and the controls within it are one
search each. Of each search `--each` nodes are taken, no two of the same values, evenly over the
ranks of its first rung and failures among them. Each is trained in full: by the final recipe of its
run, and once more at another learning rate of the run's menu, which is drawn for each node; with
one seed and first weights of one stream. After every mark, a tenth of a pass over the text at
`lab`, a fixed share of the validation text is scored, and at the end all of it.

One line a training: docs/how-to/files.md says what it holds. Lines that are there are not computed
again,
in whatever order nodes of all searches and ranks take turns: the set may be used at any time. With
`--part K/N` every Nth of them is done, and written to a file of its own beside OUT. One thread.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_value import digest_of
from cellcolony.contract import Genome
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.train import ModelTraining, score
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.config_file import read_config
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.history import History
from cellcolony.seeds import rng_for
from cellcolony.settings import plain
from cellcolony.store.lines import AppendedLines
from cellcolony.tasks.language import Language

SEED = 0


@dataclass(frozen=True, eq=False)
class Job:
    """A training: of a node, with a recipe.

    Attributes:
        search: The search that the node is from: "s0/control".
        candidate: Its number there.
        tree: The node.
        rate: A factor of the learning rate.
    """

    search: str
    candidate: int
    tree: Tree
    rate: float

    @property
    def key(self) -> tuple[str, float]:
        """What no other training has."""
        return digest_of(self.tree), self.rate


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("runs", type=Path, nargs="+")
    arguments.add_argument("--out", type=Path, required=True)
    arguments.add_argument("--each", type=int, default=200)
    arguments.add_argument("--part", default="1/1", help="K/N")
    arguments.add_argument("--most", type=int, help="end after so many trainings")
    asked = arguments.parse_args()
    torch.set_num_threads(1)
    part, n_parts = map(int, asked.part.split("/"))
    out, config = asked.out, read_config(asked.runs[0])
    if n_parts > 1:
        out = out.with_name(f"{out.stem}-part{part}{out.suffix}")
    training, effort, menu = _training(config)
    task = Language.again(config.facts, {})
    done = {key for path in _files(asked.out) for key in _done(path)}
    out.touch()
    lines, n_made = AppendedLines(out), 0
    for number, job in enumerate(_jobs(asked.runs, config, asked.each, menu)):
        if number % n_parts == part - 1 and job.key not in done:
            lines.append(_line(job, task, training, effort))
            n_made += 1
            if n_made == asked.most:
                break


def _training(config: StudyConfig) -> tuple[LanguageTraining, int, tuple[float, ...]]:
    """Return the final training, scored as often as candidates are; its marks; and its menu."""
    finals, search = config.stage("finals"), config.training.schedule
    final = finals.training  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]
    own = replace(
        final.schedule, epochs=1, parts=search.parts, scored=search.scored, lanes=search.lanes
    )
    effort = final.schedule.epochs * search.parts
    return LanguageTraining(final.model, own), effort, finals.rates  # pyright: ignore


def _jobs(
    runs: list[Path], config: StudyConfig, n_each: int, menu: tuple[float, ...]
) -> Iterator[Job]:
    """Yield trainings so that any first ones of them are spread over searches and ranks."""
    searches = [
        (f"{run.name}/{folder}" if folder else run.name, run / folder)
        for run in runs
        for folder in ("", *(one.folder for one in read_config(run).searches))
        if (run / folder / JOURNAL).exists()
    ]
    for _, path in searches:
        if read_config(path).task["fingerprint"] != config.task["fingerprint"]:
            raise SystemExit(f"{path} is a search on another text than {runs[0]}.")
    seen: set[str] = set()
    waiting = [(name, _ranked(path, n_each)) for name, path in searches]
    while waiting:
        for pair in tuple(waiting):
            name, nodes = pair
            number, tree = next(nodes, (0, None))
            if tree is None:
                waiting.remove(pair)
            elif (value := digest_of(tree)) not in seen:
                seen.add(value)
                rng = rng_for(SEED, int(value, 16) % 2**31, "rate")
                others = [rate for rate in menu if rate != 1]
                for rate in (1.0, *rng.permutation(others)[:1]):
                    yield Job(name, number, tree, float(rate))


def _ranked(path: Path, n: int) -> Iterator[tuple[int, Tree]]:
    """Yield nodes of a search: first the median by rank, then the quartiles, and so on."""
    history = History.of(path / JOURNAL)
    first = [one for one in history.by_arrival if one.count("rung") == 0]
    ranked = sorted(first, key=lambda one: float("inf") if one.loss is None else one.loss)
    n = min(n, len(ranked))
    even = [ranked[int(at)] for at in (np.arange(n) + 0.5) * len(ranked) / n]
    for at in _halving(n):
        genome: Genome = history.genome(even[at].number, "tree")
        assert isinstance(genome, Tree)
        yield even[at].number, genome


def _halving(n: int) -> Iterator[int]:
    """Yield 0 to n - 1, each as far as may be from those before: van der Corput's order."""
    n_bits = max(1, (n - 1).bit_length())
    for place in range(2**n_bits):
        turned = int(f"{place:0{n_bits}b}"[::-1], 2)
        if turned < n:
            yield turned


def _line(job: Job, task: Language, settings: LanguageTraining, effort: int) -> dict[str, object]:
    """Train, and return the line."""
    began, n_words = time.perf_counter(), len(task.vocabulary)
    own = settings.schedule
    schedule = replace(own, epochs=effort * own.epochs, learning_rate=own.first_rate * job.rate)
    model = LanguageModel(
        settings.model.of(job.tree.to_cell(), n_words), rng_for(SEED, -1, "weights")
    )
    training = ModelTraining(model, task.train, task.valid, schedule, SEED)
    marks: list[float] = []
    final = failure = None
    for number in range(schedule.epochs):
        epoch = training.epoch(number, is_last=False)
        assert epoch is not None
        if epoch.failure is not None:
            failure = epoch.failure
            break
        marks.append(epoch.valid_loss)
    else:
        final = score(model, task.valid, schedule.lanes)
    seconds = round(time.perf_counter() - began, 2)
    print(f"{job.search} {job.candidate} x {job.rate:g}: {final} in {seconds} s", flush=True)
    return {
        **job.tree.to_dict(), "value": job.key[0], "search": job.search,
        "candidate": job.candidate, "task": task.fingerprint, "words": n_words,
        "training": plain(settings), "effort": effort, "rate": job.rate, "seed": SEED,
        "marks": marks, "final": final, "failure": failure, "seconds": seconds,
    }  # fmt: skip


def _files(out: Path) -> list[Path]:
    return [one for one in (out, *out.parent.glob(f"{out.stem}-part*{out.suffix}")) if one.exists()]


def _done(path: Path) -> Iterator[tuple[str, float]]:
    for text in path.read_text().splitlines(keepends=True):
        if text.endswith("\n"):  # a kill may cut the last one short
            line = json.loads(text)
            yield line["value"], line["rate"]


if __name__ == "__main__":
    main()
