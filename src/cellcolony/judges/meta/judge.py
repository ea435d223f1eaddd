"""Judge a node by what its training is predicted to end at, after the first part of it.

Source: Rawal & Miikkulainen 2018, sections 3.5 and 4.2: candidates are trained for 10 of 40 epochs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from cellcolony.contract import Begin, Candidate, Evaluation, StopFlag, Work
from cellcolony.errors import ConfigError
from cellcolony.judges import JUDGES
from cellcolony.judges.kept import StandsOnFiles, digest_of
from cellcolony.judges.meta.curve import whole
from cellcolony.judges.meta.saved import NAMES, SavedPredictor, read_files
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.settings import plain, settings
from cellcolony.store.sameness import differences

STOPPED = "it was stopped before its first marks were done"


@JUDGES.register("meta")
@settings
class PredictedFitness(StandsOnFiles):
    """Candidates are trained for the first part of a training, and a predictor tells its end.

    The method is led by the prediction, and so is who takes part in the final trainings, which
    train in full. The loss of a candidate is the one that was measured at the last mark of its own
    training, so that no front, table or score holds a prediction. Learning rates fall as in the
    whole training.

    Attributes:
        meta: The folder that `train-meta` wrote. A run has a copy of it.
        digest: The SHA-256 of its files; found out when a study begins.
    """

    begins: ClassVar[bool] = True
    """Whether the trainings of candidates are the beginnings of longer ones."""
    kept: ClassVar[tuple[str, ...]] = NAMES
    holds: ClassVar[str] = "predictor"
    led_by: ClassVar[str] = "a prediction of what the longer training would end at"

    meta: str = ""
    digest: str = ""

    def begin_study(
        self, task: Mapping[str, Any], training: Any, efforts: tuple[int, ...]
    ) -> PredictedFitness:
        """Return the judge with the digest of its files, for a study that it can judge.

        Args:
            task: What is known of the data.
            training: How candidates are trained.
            efforts: How many times the training's epochs they are, by the method.

        Raises:
            ConfigError: The study's text or training is not that of the curves, or the method
                trains candidates for other times.
            RunError: The folder holds no predictor.
        """
        if not self.meta:
            raise ConfigError(
                "The judge 'meta' needs a predictor: --meta FOLDER, which `cellcolony train-meta` "
                "writes."
            )
        if not isinstance(training, LanguageTraining):
            raise ConfigError(
                "The judge 'meta' is for searches for nodes, whose trainings have marks. Choose "
                "another judge: see `cellcolony list judges`."
            )
        found = self.files()
        self._check(SavedPredictor.of_files(found, self.meta), task, training, efforts)
        return replace(self, digest=digest_of(found))

    def _check(
        self, saved: SavedPredictor, task: Mapping[str, Any], training: LanguageTraining,
        efforts: tuple[int, ...],
    ) -> None:  # fmt: skip
        if saved.task != task["fingerprint"]:
            raise ConfigError(
                f"{self.meta} is fitted on trainings of another text than the one of this study, "
                "and cannot judge it. Fit one on curves of this text: `cellcolony train-meta`."
            )
        n_first, n_marks, epochs = saved.n_first, saved.n_marks, training.schedule.epochs
        if {effort * epochs for effort in efforts} != {n_first}:
            if len(set(efforts)) > 1:
                raise ConfigError(
                    "The judge 'meta' trains every candidate for the same time, and `efforts` has "
                    f"{len(efforts)} rungs: {', '.join(map(str, efforts))}. Give one: --efforts "
                    f"{max(n_first // epochs, 1)} --shares 1."
                )
            raise ConfigError(
                f"{self.meta} predicts from the first {n_first} of {n_marks} marks, and candidates "
                f"are trained for {efforts[0] * epochs}: `epochs` {epochs}, {efforts[0]} times. "
                f"Give `epochs` and `efforts` whose product is {n_first}."
            )
        if n_marks % epochs:
            raise ConfigError(
                f"`epochs` must divide the {n_marks} marks of a whole training. Got {epochs}."
            )
        own, theirs = plain(whole(training, n_marks)), plain(saved.training)
        if found := differences(theirs, own):
            raise ConfigError(
                f"Candidates are not trained as the curves of {self.meta} were: "
                f"{'; '.join(found)}. Give the settings of the curves, or fit a predictor on "
                "curves of these settings."
            )

    @property
    def folder(self) -> str:
        """Where the files are from."""
        return self.meta

    def read(self) -> dict[str, bytes]:
        """Return the files of the predictor."""
        return read_files(Path(self.meta))

    def of_files(self, files: Mapping[str, bytes], where: str) -> Predicting:
        """Return the half on a worker."""
        return Predicting(SavedPredictor.of_files(files, where))


@dataclass(frozen=True, eq=False)
class Predicting:
    """The half on a worker.

    Attributes:
        saved: The predictor.
    """

    saved: SavedPredictor

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return it on top of the task's own training, which is the beginning of a whole one."""
        return partial(_begin, self.saved, train(of_epochs=self.saved.n_marks))


def _begin(saved: SavedPredictor, trained: Begin, stop: StopFlag) -> Work:
    train = trained(stop)

    def judge(candidate: Candidate) -> Evaluation:
        found: Evaluation = train(candidate)
        if found.failure is not None:
            return found
        if len(found.curve) != saved.n_first:  # the end of the search ended it
            return Evaluation.failed(STOPPED, found.seconds, found.n_steps)
        return replace(found, guide=float(saved.predict(np.array([found.curve]))[0]))

    return judge
