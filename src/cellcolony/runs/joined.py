"""An ensemble of the final trainings of several runs on one text, chosen on validation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import RunError
from cellcolony.judges.added.saved import EnsembleFacts, Member, SavedEnsemble
from cellcolony.layers.epoch import perplexity
from cellcolony.runs.finals_found import final_names, names_by_seed, read_final
from cellcolony.runs.open import open_run
from cellcolony.runs.result import Result
from cellcolony.runs.selection import MOST_MEMBERS, times_of
from cellcolony.runs.stages.text_ensembles import average
from cellcolony.tasks.language import Language


@dataclass(frozen=True, eq=False)
class Joined:
    """An ensemble of several runs.

    Attributes:
        saved: The ensemble.
        alone: The validation perplexity of each of its models, in their order.
        n_models: Of how many models it was chosen.
    """

    saved: SavedEnsemble
    alone: tuple[float, ...]
    n_models: int


def join(
    runs: Sequence[Path],
    models: Sequence[str] = (),
    most: int = MOST_MEMBERS,
    device: str = "auto",
) -> Joined:
    """Choose an ensemble of final trainings greedily on validation, and score it on test.

    Args:
        runs: Run directories of studies of the same text.
        models: What the models are called that may take part: "evolved node"; without, all.
        most: How many additions it is made of at most, repeated ones included.
        device: "cpu", "cuda", or "auto" for a GPU where there is one.

    Raises:
        ConfigError: Torch is missing, or `device` is not possible.
        DataError: The text is not what it was.
        RunError: A run is of no text, of another one, or damaged, or no model has weights.
    """
    results = [_opened(path) for path in runs]
    first = results[0]
    for result, path in zip(results, runs, strict=True):
        if result.config.task["fingerprint"] != first.config.task["fingerprint"]:
            raise RunError(
                f"{path} is a study of another text than {runs[0]}, and their models cannot be "
                "averaged. Give runs of one text, read alike."
            )
    found = [
        (Member(str(path), name), partial(read_final, result, name))
        for path, result in zip(runs, results, strict=True)
        for name in _names(result, models)
    ]
    if not found:
        which = f" of {', '.join(map(repr, models))}" if models else ""
        raise RunError(
            f"{', '.join(map(str, runs))}: there is no final training{which} with weights. "
            "`cellcolony show RUN` names the models of a run."
        )
    task = Language.again(first.facts, {})
    mean = average([read for _, read in found], task.valid, task.test, most, device)
    if not mean.chosen:
        raise RunError(f"{', '.join(map(str, runs))}: every model has diverged on validation.")
    times = times_of(mean.chosen)
    facts = EnsembleFacts(
        task=str(first.config.task["fingerprint"]),
        members=tuple(replace(found[place][0], times=n) for place, n in times.items()),
        valid_perplexity=_perplexity(mean.valid),
        test_perplexity=_perplexity(mean.test),
    )
    alone = tuple(_perplexity(mean.on_valid[place]) for place in times)
    return Joined(SavedEnsemble(facts, mean.valid.astype(np.float32)), alone, len(found))


def _opened(path: Path) -> Result:
    result = open_run(path)
    if result.config.task_class is not Language:
        raise RunError(f"{path} is no study of a text. Give runs of evolve-node, mix or train-lm.")
    return result


def _names(result: Result, models: Sequence[str]) -> list[str]:
    """Return the names of the folders of final trainings that have weights."""
    names = final_names(result)
    if models:
        wanted = [names_by_seed(result, model) for model in models]
        kept = {name for found in wanted for some in found.values() for name in some}
        names = [name for name in names if name in kept]
    return [name for name in names if read_final(result, name).weights is not None]


def _perplexity(told: NDArray[np.float64]) -> float:
    with np.errstate(divide="ignore"):
        return perplexity(-float(np.log(told).mean()))
