"""A predictor on disk: what it was fitted on as JSON, what it has learned as safetensors.

Nothing in them is executed, and every value is checked: somebody else may have made them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.errors import RunError
from cellcolony.judges.meta.accuracy import Accuracy
from cellcolony.judges.meta.curve import cap_of
from cellcolony.judges.meta.predictors import PREDICTORS, Predictor
from cellcolony.judges.meta.split import SPLITS
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.settings import Count, plain, record, settings
from cellcolony.store import foreign
from cellcolony.store.reading import parse_tensors, read, readable

FACTS, ARRAYS = NAMES = ("predictor.json", "predictor.safetensors")
"""The files, in a folder of their own and in every run that is judged by them."""
LARGEST_FACTS, LARGEST_ARRAYS = 1 << 20, 16 << 20
"""Bytes. The Meta-LSTM has 0.7 million."""
FORMAT = 1


@settings
class _Facts:
    """What `predictor.json` holds; see `SavedPredictor`."""

    format: Annotated[int, Ge(FORMAT), Le(FORMAT)]
    predictor: str
    n_first: Annotated[int, Ge(2), Le(1_000)]
    n_marks: Annotated[int, Ge(3), Le(1_000)]
    n_words: Annotated[int, Ge(2), Le(1_000_000_000)]
    task: str
    training: LanguageTraining
    n_train: Count
    n_valid: Count
    n_test: Count
    valid: Accuracy | None = None
    test: Accuracy | None = None


@dataclass(frozen=True, eq=False)
class SavedPredictor:
    """A predictor that was fitted, and what must be known to use it.

    Attributes:
        name: What it is called: "ridge".
        predictor: What it has learned.
        n_first: How many marks it is given.
        n_marks: How many a whole training has.
        n_words: The size of the vocabulary.
        task: The fingerprint of the text.
        training: How nodes were trained, from the first mark to the last; learning rates of curves
            are its own times a factor.
        n: How many curves each split had.
        valid: How far it is off on curves of validation; None before that is known.
        test: The same on those of test.
    """

    name: str
    predictor: Predictor
    n_first: int
    n_marks: int
    n_words: int
    task: str
    training: LanguageTraining
    n: Mapping[str, int]
    valid: Accuracy | None = None
    test: Accuracy | None = None

    def scored(self, valid: Accuracy, test: Accuracy) -> SavedPredictor:
        """Return it with its errors."""
        return replace(self, valid=valid, test=test)

    def predict(self, first: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the final log perplexity, from 0 to the cap.

        Args:
            first: `(curves, n_first)`, the first marks.
        """
        cap = cap_of(self.n_words)
        return np.clip(self.predictor.predict(np.minimum(first, cap)), 0.0, cap)

    def files(self) -> dict[str, bytes]:
        """Return the files by name."""
        facts: dict[str, Any] = {
            "format": FORMAT,
            "predictor": self.name,
            "n_first": self.n_first,
            "n_marks": self.n_marks,
            "n_words": self.n_words,
            "task": self.task,
            "training": plain(self.training),
            **{f"n_{split}": self.n[split] for split in SPLITS},
        }
        for name in ("valid", "test"):
            if (found := getattr(self, name)) is not None:
                facts[name] = asdict(found)
        arrays = {
            name: np.ascontiguousarray(one) for name, one in self.predictor.to_arrays().items()
        }
        return {FACTS: (json.dumps(facts, indent=1) + "\n").encode(), ARRAYS: save(arrays)}

    @staticmethod
    def of_files(files: Mapping[str, bytes], where: str) -> SavedPredictor:
        """Read what `files` returned.

        Args:
            files: By name.
            where: Where they are from, for errors.

        Raises:
            RunError: They hold no predictor.
        """
        with readable(f"{where}: the predictor"):
            values = foreign.parse_json(files[FACTS])
            facts = record(_Facts, values, FACTS)
            if not facts.n_first < facts.n_marks == facts.training.schedule.epochs:
                raise ValueError(
                    "`n_first` must be below `n_marks`, and `epochs` of the training that many"
                )
            arrays = parse_tensors(files[ARRAYS])
            predictor = PREDICTORS[facts.predictor].from_arrays(arrays, facts.n_first)
        return SavedPredictor(
            facts.predictor, predictor, facts.n_first, facts.n_marks, facts.n_words, facts.task,
            facts.training, {split: getattr(facts, f"n_{split}") for split in SPLITS},
            facts.valid, facts.test,
        )  # fmt: skip


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the files of a predictor in a folder.

    Raises:
        RunError: One is missing, too large, no regular file, or leads out of the folder.
    """
    sizes = dict(zip(NAMES, (LARGEST_FACTS, LARGEST_ARRAYS), strict=True))
    if not (folder / FACTS).exists():
        raise RunError(
            f"{folder} holds no predictor: it has no {FACTS}. Make one: `cellcolony train-meta "
            f"RUNS --out {folder}`."
        )
    return {name: read(folder, folder / name, most) for name, most in sizes.items()}
