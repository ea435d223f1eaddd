"""An ensemble on disk: who it is as JSON, its probabilities of a text as safetensors.

Nothing in them is executed, and every value is checked: somebody else may have made them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from annotated_types import Ge, Gt, Le, MinLen
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.errors import RunError
from cellcolony.settings import plain, record, settings
from cellcolony.store import foreign
from cellcolony.store.reading import parse_tensors, read, readable

FACTS, ARRAYS = NAMES = ("ensemble.json", "ensemble.safetensors")
"""The files, in a folder of their own and in every run that is judged by them."""
LARGEST_FACTS, LARGEST_ARRAYS = 1 << 20, 1 << 30
"""Bytes. A token of the validation text has 4."""
FORMAT = 1
VALID = "valid"
Perplexity = Annotated[float, Ge(1), Le(1e300)]


@settings
class Member:
    """A model of an ensemble.

    Attributes:
        run: The run directory that it is from.
        name: The folder of its final training there.
        times: How often it was added; so much it weighs.
    """

    run: str
    name: str
    times: Annotated[int, Gt(0), Le(1_000)] = 1


@settings
class EnsembleFacts:
    """What `ensemble.json` holds.

    Attributes:
        task: The fingerprint of the text.
        members: The models, in the order in which they were chosen.
        valid_perplexity: Of their mean probability.
        test_perplexity: The same on the test text.
        format: Of the files.
    """

    task: str
    members: Annotated[tuple[Member, ...], MinLen(1)]
    valid_perplexity: Perplexity
    test_perplexity: Perplexity
    format: Annotated[int, Ge(FORMAT), Le(FORMAT)] = FORMAT


@dataclass(frozen=True, eq=False)
class SavedEnsemble:
    """Language models that tell a text together, by their mean probability.

    Attributes:
        facts: Who they are.
        probabilities: `(tokens - 1,) float32`, theirs of each token of the validation text but the
            first, each foretold from all before it.
    """

    facts: EnsembleFacts
    probabilities: NDArray[np.float32]

    @property
    def n(self) -> int:
        """How many models its mean is over, one that was added twice counted twice."""
        return sum(one.times for one in self.facts.members)

    def files(self) -> dict[str, bytes]:
        """Return the files by name."""
        facts = json.dumps(plain(self.facts), indent=1) + "\n"
        arrays = {VALID: np.ascontiguousarray(self.probabilities, np.float32)}
        return {FACTS: facts.encode(), ARRAYS: save(arrays)}

    @staticmethod
    def of_files(files: Mapping[str, bytes], where: str) -> SavedEnsemble:
        """Read what `files` returned.

        Args:
            files: By name.
            where: Where they are from, for errors.

        Raises:
            RunError: They hold no ensemble.
        """
        with readable(f"{where}: the ensemble"):
            facts = record(EnsembleFacts, foreign.parse_json(files[FACTS]), FACTS)
            found = parse_tensors(files[ARRAYS])[VALID]
            if found.ndim != 1 or found.dtype != np.float32 or not len(found):
                raise ValueError(f"`{VALID}` must be a list of float32")
            if not ((found >= 0) & (found <= 1.001)).all():
                raise ValueError(f"`{VALID}` must hold probabilities")
        return SavedEnsemble(facts, found)


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the files of an ensemble by name.

    Raises:
        RunError: The folder has none.
    """
    if not (folder / FACTS).is_file():
        raise RunError(
            f"{folder} holds no ensemble. `cellcolony ensemble RUNS --out {folder}` makes one of "
            "the final trainings of runs."
        )
    return {
        FACTS: read(folder, folder / FACTS, LARGEST_FACTS),
        ARRAYS: read(folder, folder / ARRAYS, LARGEST_ARRAYS),
    }
