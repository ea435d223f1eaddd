"""Ensembles of language models: the mean probability of several final trainings.

They are chosen greedily on validation, from as many trained models of each search and each rival,
so that no one has more to choose from. A model counts by what it adds to the others.

Source: ensembles of a population are what Rawal & Miikkulainen 2018, section 5, name as a next
step; greedy selection: Caruana et al. 2004, see `runs/selection.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import RunError
from cellcolony.layers.trained import Trained, read_trained
from cellcolony.runs.items import Item, digest_of, kept_of
from cellcolony.runs.selection import select_by_loss
from cellcolony.runs.session import Session
from cellcolony.runs.stages.finals import FinalKept, FinalModel, FinalsStage, read_final_kept

FEWEST = 2
"""Models of a pool: one alone is no ensemble."""


class Pool(NamedTuple):
    """The final trainings of one search, or of one rival.

    Attributes:
        model: What they are called together, and their role.
        trained: The items of the best by validation, the best first, and what the journal keeps.
    """

    model: FinalModel
    trained: list[tuple[Item, FinalKept]]


@dataclass(frozen=True)
class EnsembleTask:
    """A pool to be chosen from, as a worker is given it.

    Attributes:
        keys: What each model is known by.
        folders: Where each lies; None where `trained` holds it.
        trained: The models themselves, where they lie in no folder.
        most: How many additions an ensemble is made of at most.
    """

    keys: tuple[str, ...]
    folders: tuple[Path | None, ...]
    trained: tuple[Trained | None, ...]
    most: int


class FoundEnsemble(NamedTuple):
    """An ensemble of language models.

    Attributes:
        members: The keys of the models, one that was added again once more.
        valid_loss: Of the mean probability, in nats a token.
        test_loss: The same on the test text.
        known_loss: The same over its known tokens; NaN where there is none.
    """

    members: tuple[str, ...]
    valid_loss: float
    test_loss: float
    known_loss: float


def pools_of(session: Session, finals: FinalsStage) -> list[Pool]:
    """Return the pools, each as large as the smallest that has enough: the best by validation."""
    done, seeds = session.items(finals.name), finals.seeds(session.config)
    pools = []
    for entrants, chosen in zip(finals.entrants(session), finals.models(session), strict=True):
        items = [finals.item(session, one, seeds[0]) for one in entrants]
        items += [finals.item(session, chosen, seed) for seed in seeds]
        found = []
        for item in {item.key: item for item in items}.values():
            if item.key in done:
                kept = kept_of(session, finals.name, item.key, read_final_kept)
                if kept.valid_loss is not None:
                    found.append((item, kept))
        found.sort(key=lambda one: (one[1].valid_loss, one[0].key))
        if len(found) >= FEWEST:
            pools.append(Pool(chosen, found))
    n = min((len(pool.trained) for pool in pools), default=0)
    return [pool._replace(trained=pool.trained[:n]) for pool in pools]


def item_of(session: Session, pool: Pool, most: int) -> Item:
    """Return the item that chooses an ensemble from a pool, and scores it."""
    keys = tuple(item.key for item, _ in pool.trained)
    folders = tuple(item.payload.folder for item, _ in pool.trained)
    models = tuple(session.trained.get(key) for key in keys)
    title = f"ensemble of {pool.model.title}"
    task = EnsembleTask(keys, folders, models, most)
    return Item(f"{title} {digest_of(list(keys), most)}", title, task)


class Averaged(NamedTuple):
    """Language models whose probabilities are averaged.

    Attributes:
        chosen: The places of the models in the order of adding, one that was added again once more;
            none where every model has diverged.
        on_valid: `(tokens - 1,)` of each model: its probabilities of the validation text.
        valid: `(tokens - 1,)`, the mean of those that were chosen.
        test: `(tokens - 1,)`, the same of the test text.
    """

    chosen: tuple[int, ...]
    on_valid: list[NDArray[np.float64]]
    valid: NDArray[np.float64]
    test: NDArray[np.float64]


def average(
    models: Sequence[Callable[[], Trained]], valid: Any, test: Any, most: int, device: str
) -> Averaged:
    """Choose models greedily on validation, and average their probabilities of both texts.

    Args:
        models: Each returns a training that has weights, whenever it is asked; it is let go after
            each text, as some are large.
        valid: `(tokens,)`, to choose on.
        test: `(tokens,)`, told by those that were chosen.
        most: How many additions there are at most.
        device: "cpu", "cuda" or "auto".

    Raises:
        RunError: A model cannot be read.
    """
    # Torch is an extra, and takes seconds to import.
    from cellcolony.layers.long_training import model_with
    from cellcolony.layers.train import probabilities

    def told(place: int, text: Any) -> NDArray[np.float64]:
        trained = models[place]()
        assert trained.weights is not None
        model = model_with(trained.architecture, trained.weights, device)
        return probabilities(model, text).astype(np.float64)

    on_valid = [told(place, valid) for place in range(len(models))]
    chosen = select_by_loss(on_valid, most)
    if not chosen:
        return Averaged((), on_valid, np.empty(0), np.empty(0))
    on_test = {place: told(place, test) for place in dict.fromkeys(chosen)}
    means = (np.mean([of[place] for place in chosen], 0) for of in (on_valid, on_test))
    return Averaged(chosen, on_valid, *means)


def choose(task: EnsembleTask, valid: Any, test: Any, unknown: int, device: str) -> FoundEnsemble:
    """Choose an ensemble on validation, and score it on both texts.

    Args:
        task: The pool.
        valid: `(tokens,)`, to choose on.
        test: `(tokens,)`, to score.
        unknown: The number of the token that stands for all unknown ones.
        device: "cpu", "cuda" or "auto".

    Raises:
        RunError: The files of a model are missing or damaged.
    """
    models = [partial(_read, task, place) for place in range(len(task.keys))]
    found = average(models, valid, test, task.most, device)
    if not found.chosen:
        return FoundEnsemble((), np.inf, np.inf, np.nan)
    losses = -np.log(found.test)
    is_known = np.asarray(test[1:]) != unknown
    known = float(losses[is_known].mean()) if is_known.any() else np.nan
    valid_loss = float(-np.log(found.valid).mean())
    keys = tuple(task.keys[place] for place in found.chosen)
    return FoundEnsemble(keys, valid_loss, float(losses.mean()), known)


def _read(task: EnsembleTask, place: int) -> Trained:
    trained, folder = task.trained[place], task.folders[place]
    if trained is None:
        assert folder is not None
        trained = read_trained(folder)
    if trained.weights is None:
        raise RunError(f"{folder} has no weights, which it had: train again.")
    return trained
