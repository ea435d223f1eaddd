"""Figure 4b of From Nodes to Networks: a search with the predictor of fitness, and without.

At some cuts of each search the best candidate so far, by what led it, is trained in full by a seed
that led no search: so neither prediction nor luck is compared, but what evolution has found.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path
from statistics import fmean

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.judges.training.caps import Caps
from cellcolony.layers.epoch import perplexity
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.report.battery.table import Table, printed
from cellcolony.report.plots.style import COLOURS, describe, figure_to
from cellcolony.report.reprints import REPRINTS, Reprint
from cellcolony.report.reprints.n2n import PREDICTED, WHOLE, Studies
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.history import History
from cellcolony.runs.journal import DONE, evaluation_of, read_journal
from cellcolony.store.files import write_file
from cellcolony.tasks.language import Language

CUTS = 5
LED_BY_NONE = 1_000
"""A seed that no search has."""
FULL = "n2n_full_trainings.csv"
"""The file that keeps what a training in full came to, by search and candidate."""
NAMES = ("search", "seed")


def best_so_far(
    run: Path, efforts: Sequence[int], n_marks: int, cuts: Sequence[int]
) -> Iterator[tuple[int, int, int, Tree]]:
    """Yield the best candidate of a search at some cuts of it, by what has led it.

    Args:
        run: The run directory of a search for nodes.
        efforts: For how many marks candidates are trained, on each rung.
        n_marks: What the search may spend in all.
        cuts: Which of `CUTS` cuts, counted from 0.

    Yields:
        The cut, the marks until then, the candidate's number and its node.
    """
    history = History.of(run / JOURNAL)
    found, spent = [], 0
    for line in read_journal(run / JOURNAL):
        if line.event == DONE and not line.cut_short:
            rung = history.candidate(line.number).count("rung") or 0
            spent += efforts[rung]
            found.append((spent, -rung, evaluation_of(line.light).for_method().loss, line.number))
    for cut in cuts:
        limit = n_marks * (cut + 1) // CUTS
        known = [one[1:] for one in found if one[0] <= limit and math.isfinite(one[2])]
        if known:
            number = min(known)[2]
            tree = history.genome(number, Tree.kind)
            assert isinstance(tree, Tree)
            yield cut, limit, number, tree


def trained_in_full(task: Language, training: LanguageTraining, n_marks: int, tree: Tree) -> float:
    """Return the final validation loss of a whole training by a seed that led no search.

    Args:
        task: The text.
        training: That of a mark.
        n_marks: How many of them a whole training has.
        tree: The node.
    """
    # Torch is an extra, and takes seconds to import.
    from cellcolony.judges.training.texts import TextTraining, Words

    words = Words(task.train, task.valid, len(task.vocabulary))
    judge = TextTraining(words, training.model, training.schedule, np.zeros(1, np.uint8))
    return judge.judge(tree.to_cell(), LED_BY_NONE, Caps(), effort=n_marks).loss


def _tables(studies: Studies) -> Iterator[Table]:
    rows = []
    for name, seed, values in _curves(studies):
        rows.append((name, seed, *values))
    quarters = [studies.scale.quarters * (cut + 1) // CUTS for cut in range(CUTS)]
    columns = [f"after {n} quarters" for n in quarters]
    says = (
        "Figure 4b: validation perplexity of the best candidate so far, trained in full, of a "
        "search led by predictions and of one led by whole trainings, by the first quarters of a "
        "training that were spent"
    )
    yield Table("n2n_figure_4b.csv", (*NAMES, *columns), rows, printed(says, NAMES, columns, rows))


def _curves(studies: Studies) -> list[tuple[str, int, list[float | None]]]:
    """Return the perplexities at the cuts, of each search and seed; missing ones are trained."""
    path = studies.folder / FULL
    known = _known(path)
    found = []
    for kind, effort in ((PREDICTED, studies.n_first), (WHOLE, studies.scale.n_marks)):
        for seed, run in enumerate(studies.paths(kind)):
            studies.result(run.name)
            values: list[float | None] = [None] * CUTS
            spent = studies.scale.quarters * studies.n_first
            for cut, _, number, tree in best_so_far(run, (effort,), spent, range(CUTS)):
                key = run.name, number
                if key not in known:
                    known[key] = trained_in_full(
                        studies.task, studies.whole, studies.scale.n_marks, tree
                    )
                    _keep(path, known)
                values[cut] = perplexity(known[key])
            found.append((kind, seed, values))
    return found


def _known(path: Path) -> dict[tuple[str, int], float]:
    if not path.exists():
        return {}
    lines = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
    return {(line["search"], int(line["candidate"])): float(line["loss"]) for line in lines}


def _keep(path: Path, known: dict[tuple[str, int], float]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("search", "candidate", "loss"))
    writer.writerows((*key, loss) for key, loss in known.items())
    write_file(path, text.getvalue())


def _draw(studies: Studies, path: Path) -> bool:
    curves = _curves(studies)
    quarters = [studies.scale.quarters * (cut + 1) / CUTS for cut in range(CUTS)]
    with figure_to(path, 7.0, 4.0) as figure:
        axes = figure.add_subplot()
        for colour, kind in zip(cycle(COLOURS), (PREDICTED, WHOLE), strict=False):
            own = [values for name, _, values in curves if name == kind]
            for values in own:
                axes.plot(quarters, _numbers(values), color=colour, alpha=0.3)
            means = [_mean([values[cut] for values in own]) for cut in range(CUTS)]
            label = "led by predictions" if kind == PREDICTED else "led by whole trainings"
            axes.plot(quarters, _numbers(means), color=colour, marker="o", label=label)
        describe(
            axes,
            "first quarters of a training that were spent",
            "perplexity of the best, trained in full",
            "Figure 4b: evolution with and without the predictor",
        )
    return True


def _numbers(values: Sequence[float | None]) -> list[float]:
    return [math.nan if value is None else value for value in values]


def _mean(values: Sequence[float | None]) -> float | None:
    """Return the perplexity of the mean loss; None where a search had no candidate yet."""
    known = [value for value in values if value is not None]
    return math.exp(fmean(map(math.log, known))) if len(known) == len(values) else None


REPRINTS.register("n2n_figure_4b")(
    Reprint(
        paper="n2n",
        title="Figure 4b: evolution with and without the predictor of fitness",
        option="--figure 4b",
        needs=lambda name: name.rpartition("-")[0] in (PREDICTED, WHOLE),
        tables=_tables,
        figure=_draw,
    )
)
