"""A curve as a line of a file of curves, and curves as a table."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_value import digest_of
from cellcolony.judges.meta.curve import Curve, cap_of, whole
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.settings import MOST, Count, record, settings


@settings
class CurveLine:
    """A line of a file of curves: a training from its first mark to its last.

    Attributes:
        tree: The node, as a search for nodes writes it.
        bias: Whether its inputs have a bias.
        search: The search that it is from, such as "s0/control".
        candidate: Its number there.
        task: The fingerprint of the text.
        words: The size of the vocabulary.
        training: How it was trained: the tables `model` and `schedule`, as in `config.toml`.
        effort: How many times the schedule's epochs; that product is the number of marks.
        rate: The factor of the learning rate.
        seed: Of first weights and dropout.
        marks: The validation loss after each mark, over the share of the text that is scored then.
        final: The loss over all of the validation text at the end; missing for one that failed.
        failure: Why it failed.
    """

    tree: str
    search: str
    candidate: Count
    task: str
    words: Annotated[int, Ge(2), Le(1_000_000_000)]
    training: LanguageTraining
    marks: tuple[Annotated[float, Ge(0), Le(1e100)], ...]
    bias: bool = False
    effort: Annotated[int, Ge(1), Le(100_000)] = 1
    rate: Annotated[float, Gt(0), Le(MOST)] = 1.0
    seed: Annotated[int, Ge(0), Le(MOST)] = 0
    final: Annotated[float, Ge(0), Le(1e100)] | None = None
    failure: str | None = None


def curve_of(values: Any, where: str) -> Curve:
    """Return the curve of a line.

    Raises:
        ValueError, TypeError, LookupError: It cannot be.
    """
    if isinstance(values, Mapping):
        values = {key: one for key, one in values.items() if one is not None}
        if isinstance(values.get("marks"), list):
            values["marks"] = tuple(values["marks"])
    line = record(CurveLine, values, where)
    n_marks = line.effort * line.training.schedule.epochs
    n, has_failed = len(line.marks), line.final is None
    if n > n_marks or (n < n_marks and not has_failed):
        raise ValueError(
            f"`marks` has {n} losses, and `effort` x `epochs` of the training are {n_marks}"
        )
    if has_failed and line.failure is None:
        raise ValueError("it has neither `final` nor `failure`")
    tree = Tree.from_dict({"tree": line.tree, "bias": line.bias})
    return Curve(
        line.search, line.candidate, tree, digest_of(tree), line.task, line.words,
        whole(line.training, n_marks), line.rate, line.seed, line.marks,
        math.inf if line.final is None else line.final,
    )  # fmt: skip


def curves_csv(curves: Sequence[Curve], splits: Sequence[str]) -> str:
    """Return curves as a table: a line for each, losses in nats a token.

    Args:
        curves: The curves.
        splits: The split of each.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    n_marks = max(one.n_marks for one in curves)
    head = ("search", "candidate", "split", "value", "rate", "seed", "bias", "node", "final", "cap")
    writer.writerow([*head, *(f"mark_{i + 1}" for i in range(n_marks))])
    for one, own in zip(curves, splits, strict=True):
        final = repr(one.final) if math.isfinite(one.final) else ""
        row = [
            one.search, one.candidate, own, one.value, repr(one.rate), one.seed,
            int(one.tree.bias), one.tree.text, final, repr(cap_of(one.n_words)),
        ]  # fmt: skip
        marks = [repr(loss) for loss in one.marks]
        writer.writerow([*row, *marks, *[""] * (n_marks - len(marks))])
    return file.getvalue()
