"""Judge a node by the loss of an ensemble that it joins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Le
from numpy.typing import NDArray

from cellcolony.contract import Begin
from cellcolony.errors import ConfigError, RunError
from cellcolony.judges import JUDGES
from cellcolony.judges.added.saved import NAMES, SavedEnsemble, read_files
from cellcolony.judges.kept import StandsOnFiles, digest_of
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.settings import settings


@JUDGES.register("added")
@settings
class AddedFitness(StandsOnFiles):
    """Candidates are trained as usual, and what they add to an ensemble leads the search.

    A candidate's fitness is the loss of the mean probability of the ensemble's n models and its
    own, over the validation text. That loss is the mean of the n + 1 losses less what they gain by
    being diverse: with L the loss of a model, E the ensemble and p the candidate, the guide is

        (n L(E) + L(p)) / (n + 1) - diversity * gain,
        gain = (n L(E) + L(p)) / (n + 1) - L(mean of E, n times, and p) >= 0

    so that `diversity` 1 is the loss of the larger ensemble, 0 ranks by the candidate's own loss,
    and above 1 diversity is a second objective beside the ensemble's loss. The guide leads the
    search, and says who takes part in the final trainings. The loss of a candidate in tables and
    fronts is its own.

    Attributes:
        ensemble: The folder that `cellcolony ensemble` wrote. A run has a copy of it.
        diversity: How much the gain by diversity weighs.
        digest: The SHA-256 of the folder's files; found out when a study begins.

    Source:
        Ours. The ensemble is chosen greedily: Caruana et al. 2004. A weight of diversity in what
        learners are led by: Liu & Yao 1999, "Ensemble learning via negative correlation".
    """

    kept: ClassVar[tuple[str, ...]] = NAMES
    holds: ClassVar[str] = "ensemble"
    led_by: ClassVar[str] = "what a candidate adds to an ensemble of other models"

    ensemble: str = ""
    diversity: Annotated[float, Ge(0), Le(100)] = 1.0
    digest: str = ""

    def begin_study(
        self, task: Mapping[str, Any], training: Any, efforts: tuple[int, ...]
    ) -> AddedFitness:
        """Return the judge with the digest of its files, for a study that it can judge.

        Args:
            task: What is known of the data.
            training: How candidates are trained.
            efforts: Not needed.

        Raises:
            ConfigError: The ensemble was trained on another text, or the study is of none.
            RunError: The folder holds no ensemble.
        """
        if not self.ensemble:
            raise ConfigError(
                "The judge 'added' needs an ensemble to add to: --ensemble FOLDER, which "
                "`cellcolony ensemble RUNS --out FOLDER` writes."
            )
        if not isinstance(training, LanguageTraining):
            raise ConfigError(
                "The judge 'added' is for searches for nodes or mixtures, which tell the tokens of "
                "a text. Choose another judge: see `cellcolony list judges`."
            )
        found = self.files()
        saved = SavedEnsemble.of_files(found, self.ensemble)
        if saved.facts.task != task["fingerprint"]:
            raise ConfigError(
                f"The models of {self.ensemble} learned from another text than this study, and "
                "cannot be added to. Make an ensemble of runs on this text: `cellcolony ensemble`."
            )
        return replace(self, digest=digest_of(found))

    @property
    def folder(self) -> str:
        """Where the files are from."""
        return self.ensemble

    def read(self) -> dict[str, bytes]:
        """Return the files of the ensemble."""
        return read_files(Path(self.ensemble))

    def of_files(self, files: Mapping[str, bytes], where: str) -> Adding:
        """Return the half on a worker."""
        saved = SavedEnsemble.of_files(files, where)
        return Adding(saved.probabilities, saved.n, self.diversity)


@dataclass(frozen=True, eq=False)
class Adding:
    """The half on a worker.

    Attributes:
        probabilities: The ensemble's: see `SavedEnsemble`.
        n: How many models it has.
        diversity: See `AddedFitness`.
    """

    probabilities: NDArray[np.float32]
    n: int
    diversity: float

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return it on top of the task's own training."""
        return train(beside=self)

    def guide(self, told: NDArray[np.float32], places: NDArray[np.int64]) -> float:
        """Return what a candidate is worth beside the ensemble, lower is better: see the judge.

        Args:
            told: `(scored,)`, its probability of some tokens.
            places: `(scored,)`, which tokens of the text they are, from 1.

        Raises:
            RunError: The ensemble tells a shorter text.
        """
        if places.max() > len(self.probabilities):
            raise RunError(
                f"The ensemble tells {len(self.probabilities):,} tokens, and the validation text "
                f"has {int(places.max()):,} to be told. Make it anew: `cellcolony ensemble`."
            )
        ours, own = self.probabilities[places - 1].astype(np.float64), told.astype(np.float64)
        with np.errstate(divide="ignore"):
            losses = self.n * np.log(ours) + np.log(own)
            alone = -float(losses.mean()) / (self.n + 1)
            together = -float(np.log((self.n * ours + own) / (self.n + 1)).mean())
        if self.diversity == 1:
            return together
        return alone - self.diversity * (alone - together)
