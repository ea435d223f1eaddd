"""An ensemble of the final trainings of several runs on one text, chosen on validation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import RunError
from cellcolony.judges.added.saved import EnsembleFacts, Member, SavedEnsemble
from cellcolony.layers.epoch import perplexity
from cellcolony.layers.trained import Trained
from cellcolony.runs.finals_found import final_names, names_by_seed, read_final
from cellcolony.runs.open import open_run
from cellcolony.runs.result import Result
from cellcolony.runs.selection import MOST_MEMBERS, select_by_loss, times_of
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
        (Member(str(path), name), trained)
        for path, result in zip(runs, results, strict=True)
        for name, trained in _trained(result, models)
    ]
    if not found:
        which = f" of {', '.join(map(repr, models))}" if models else ""
        raise RunError(
            f"{', '.join(map(str, runs))}: there is no final training{which} with weights. "
            "`cellcolony show RUN` names the models of a run."
        )
    task = Language.again(first.facts, {})
    on_valid = [_told(trained, task.valid, device) for _, trained in found]
    chosen = select_by_loss(on_valid, most)
    if not chosen:
        raise RunError(f"{', '.join(map(str, runs))}: every model has diverged on validation.")
    on_test = {place: _told(found[place][1], task.test, device) for place in {*chosen}}
    valid = np.mean([on_valid[place] for place in chosen], 0)
    test = np.mean([on_test[place] for place in chosen], 0)
    times = times_of(chosen)
    facts = EnsembleFacts(
        task=str(first.config.task["fingerprint"]),
        members=tuple(
            Member(found[place][0].run, found[place][0].name, n) for place, n in times.items()
        ),
        valid_perplexity=_perplexity(valid),
        test_perplexity=_perplexity(test),
    )
    alone = tuple(_perplexity(on_valid[place]) for place in times)
    return Joined(SavedEnsemble(facts, valid.astype(np.float32)), alone, len(found))


def _opened(path: Path) -> Result:
    result = open_run(path)
    if result.config.task_class is not Language:
        raise RunError(f"{path} is no study of a text. Give runs of evolve-node, mix or train-lm.")
    return result


def _trained(result: Result, models: Sequence[str]) -> Iterator[tuple[str, Trained]]:
    """Yield the final trainings that have weights, by the names of their folders."""
    names = final_names(result)
    if models:
        wanted = [names_by_seed(result, model) for model in models]
        kept = {name for found in wanted for some in found.values() for name in some}
        names = [name for name in names if name in kept]
    for name in names:
        trained = read_final(result, name)
        if trained.weights is not None:
            yield name, trained


def _told(trained: Trained, text: Any, device: str) -> NDArray[np.float64]:
    """Return a model's probabilities of a text: `(tokens - 1,)`."""
    # Torch is an extra, and takes seconds to import.
    from cellcolony.layers.long_training import model_with
    from cellcolony.layers.train import probabilities

    assert trained.weights is not None
    model = model_with(trained.architecture, trained.weights, device)
    return probabilities(model, text).astype(np.float64)


def _perplexity(told: NDArray[np.float64]) -> float:
    with np.errstate(divide="ignore"):
        return perplexity(-float(np.log(told).mean()))
