"""How the evolved node and its rivals fare, and the file that keeps it.

Two perplexities must not be mixed up. The *search* perplexity is that of the training that judges
candidates, short and small; the best of thousands has it by luck too. The *final* perplexities are
those of the training in the end, which is the same for everybody, but for the learning rate, clip
and first weights of a tuned rival.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean

from cellcolony.errors import RunError, brief
from cellcolony.layers.epoch import perplexity
from cellcolony.runs.scores import table_csv
from cellcolony.store.reading import LARGEST_SCORES, read_text
from cellcolony.toml_table import MOST

EVOLVED = "evolved node"


@dataclass(frozen=True)
class NodeScore:
    """How one model did with one seed. All are scored in the same way, and trained so but for the
    settings that stand here.

    Attributes:
        model: What it is called: "evolved node", "random search", "lstm".
        candidate: The number of the candidate whose node it is; None for a cell of the library.
        n_weights: The trainable numbers of the final model; 0 where its training failed early.
        seed: The seed of the final training.
        search_valid_perplexity: That of its training as a candidate, the best one of a tuned
            rival; None for a failure.
        final_valid_perplexity: On validation, after the final training; None for a failure.
        final_test_perplexity: On the test split; None for a failure.
        final_seconds: How long the final training took, in wall time.
        failure: Why the final training failed; empty where it did not.
        learning_rate: That of the first epoch of the final training; None in a file of old.
        clip: The largest norm of its gradient; likewise.
        bound: Its first weights came from U(-bound, bound); likewise.
    """

    model: str
    candidate: int | None
    n_weights: int
    seed: int
    search_valid_perplexity: float | None
    final_valid_perplexity: float | None
    final_test_perplexity: float | None
    final_seconds: float
    failure: str = ""
    learning_rate: float | None = None
    clip: float | None = None
    bound: float | None = None


_COLUMNS = tuple(field.name for field in fields(NodeScore))


def mean_perplexity(perplexities: Iterable[float | None]) -> float | None:
    """Return the perplexity of the mean loss; None where one has failed, or there are none."""
    values = list(perplexities)
    known = [value for value in values if value is not None]
    if len(known) < len(values) or not known:
        return None
    return perplexity(fmean(map(math.log, known)))


def by_model(scores: Iterable[NodeScore]) -> dict[str, list[NodeScore]]:
    """Return each model's scores, models in the order of the first of each."""
    found: dict[str, list[NodeScore]] = {}
    for score in scores:
        found.setdefault(score.model, []).append(score)
    return found


def node_scores_csv(scores: Iterable[NodeScore]) -> str:
    """Return scores as CSV, one a line."""
    return table_csv(_COLUMNS, ([getattr(one, name) for name in _COLUMNS] for one in scores))


def read_node_scores(run: Path, path: Path) -> tuple[NodeScore, ...]:
    """Read what `node_scores_csv` wrote.

    Raises:
        RunError: The file cannot be read, or a line is no score.
    """
    lines = csv.DictReader(io.StringIO(read_text(run, path, LARGEST_SCORES), newline=""))
    try:
        return tuple(_score(row) for row in lines)
    except (KeyError, TypeError) as error:
        what = f"the scores cannot be read: a column is missing: {error}"
        raise RunError(f"{path}: {what}.") from error
    except (ValueError, OverflowError, csv.Error) as error:
        where = f"{path}, line {lines.line_num}"
        raise RunError(f"{where}: the scores cannot be read: {error}.") from error


def _score(row: dict[str, str]) -> NodeScore:
    return NodeScore(
        row["model"] + "",
        whole(row["candidate"]) if row["candidate"] else None,
        whole(row["n_weights"]),
        whole(row["seed"]),
        _perplexity(row["search_valid_perplexity"]),
        _perplexity(row["final_valid_perplexity"]),
        _perplexity(row["final_test_perplexity"]),
        _seconds(row["final_seconds"]),
        row["failure"] + "",
        *(_setting(row.get(key)) for key in ("learning_rate", "clip", "bound")),
    )


def whole(text: str | None) -> int:
    """Return a count from a field of a file that somebody else may have made.

    Raises:
        ValueError: It is none.
    """
    if not (text and text.isascii() and text.isdigit() and len(text) < len(str(MOST))):
        raise ValueError(f"expected a whole number of at most 15 digits, got {brief(text)}")
    return int(text)


def _perplexity(text: str) -> float | None:
    if not text:
        return None
    value = float(text)
    if not value >= 1:
        raise ValueError(f"a perplexity must be at least 1, not {brief(text)}")
    return value


def _seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds <= MOST:
        raise ValueError(f"seconds must be from 0 to {MOST:,}, not {brief(text)}")
    return seconds


def _setting(text: str | None) -> float | None:
    if not text:
        return None
    value = float(text)
    if not 0 < value < math.inf:
        raise ValueError(f"a setting must be above 0 and finite, not {brief(text)}")
    return value
