"""Ensembles: of each search, the networks whose mean forecast is best on validation, as one.

Source: Caruana et al. 2004.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
from annotated_types import Ge, Le

from cellcolony.contract import StopFlag
from cellcolony.errors import GenomeError
from cellcolony.networks.averaging import LINEAR, average
from cellcolony.networks.genome import Network
from cellcolony.networks.train import predict_each
from cellcolony.networks.warm_up import warm_up
from cellcolony.runs.ensemble import (
    Ensemble,
    averaged,
    remove_ensemble,
    title_of,
    write_ensemble,
)
from cellcolony.runs.items import Item, carry_out, digest_of, kept_of
from cellcolony.runs.pool import MOST_POOLED, Pooled
from cellcolony.runs.selection import BAGS, MOST_MEMBERS, mean_of, select, times_of
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.settings import settings
from cellcolony.tasks.forecast import Forecast
from cellcolony.wording import number

OWN = ""
"""The folder of the study's own search."""
MOST_NUMBERS, FEWEST_POOLED = 50_000_000, 30
"""So many forecasts are held at once, 200 MB, unless it would be too few networks."""


class Chosen(NamedTuple):
    """What a selection has chosen.

    Attributes:
        times: How often each place of the pool was chosen, in the order of the first choice.
        error: The mean absolute error on validation, in scaled units.
    """

    times: Mapping[int, int]
    error: float


@STAGES.register("ensemble")
@settings
class EnsembleStage:
    """Choose an ensemble from the best networks of the search, and of each search within the study.

    The networks are those of the lowest validation loss, of each line of training the best alone,
    and not too many of one family. The choice is made on the scored rows of validation: see
    `runs/selection.py`.

    Attributes:
        pool: From how many networks an ensemble is chosen; from fewer where validation has so many
            rows that all their forecasts would need much memory.
        most_members: How many additions each bag of the pool makes to an ensemble at most.
        of_a_family: How many networks of one family are taken before those of all other families:
            the errors of relatives are alike.
    """

    name: ClassVar[str] = "ensemble"
    task: ClassVar[str | None] = "forecast"

    pool: Annotated[int, Ge(1), Le(MOST_POOLED)] = MOST_POOLED
    most_members: Annotated[int, Ge(1), Le(MOST_POOLED)] = MOST_MEMBERS
    of_a_family: Annotated[int, Ge(1), Le(MOST_POOLED)] = 3

    def run(self, session: Session) -> None:
        """Choose the ensembles that are left, and write them down.

        Raises:
            RunError: A journal is damaged, or a file cannot be written.
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        assert isinstance(session.task, Forecast)
        items = self.items(session)
        cells = {
            node.cell
            for item in items for one in item.payload for node in one.network.nodes
            if node.kind != "input"
        }  # fmt: skip
        begin = partial(
            begin_choosing, session.task, session.config.training.residual, self.most_members
        )
        title = "Ensembles of the best networks"
        carry_out(
            session, self.name, title, items, begin, _kept, executor="threads",
            prepare=lambda: warm_up({*cells, LINEAR}),
        )  # fmt: skip
        session.ensembles.update(self.found(session, items))
        for folder, own in _searches(session):
            ensemble = session.ensembles.get(folder)
            if own.path is not None and ensemble is not None:
                write_ensemble(own.path, ensemble)
            elif own.path is not None:
                remove_ensemble(own.path)

    def left(self, session: Session) -> int:
        """Return 0 where the study has ended with its ensembles, else 1."""
        return 0 if session.had_ended and session.items(self.name) else 1

    def items(self, session: Session) -> Sequence[Item]:
        """Return an item for each search that has trained networks."""
        found = []
        for folder, own in _searches(session):
            pool = own.pooled(self.pool, of_a_family=self.of_a_family)
            if pool:
                told = [[one.number, repr(one.loss)] for one in pool]
                key = f"{folder or 'search'}, {digest_of(told, self.most_members)}"
                found.append(Item(key, f"The ensemble of the {own.title.lower()}", pool))
        return found

    def found(self, session: Session, items: Sequence[Item]) -> dict[str, Ensemble]:
        """Return the ensembles that are done, by the folder of the search; no data are needed.

        Args:
            session: The study.
            items: What `items` has returned.

        Raises:
            RunError: The journal holds something else.
        """
        done, ensembles = session.items(self.name), {}
        for item in items:
            folder = item.key.rpartition(",")[0]
            if item.key in done:
                read = partial(kept_ensemble, item.payload)
                if (one := kept_of(session, self.name, item.key, read)) is not None:
                    ensembles[OWN if folder == "search" else folder] = one
        return ensembles


def _searches(session: Session) -> Iterator[tuple[str, Session]]:
    """Yield the study's own search, and those within it that were begun, by their folders."""
    yield OWN, session
    for search in session.config.searches:
        if search.folder in session.within:
            yield search.folder, session.within[search.folder]


def named_ensembles(session: Session) -> Iterator[tuple[str, str, Ensemble]]:
    """Yield the folder, the name and the ensemble of each search that has one of several."""
    titles = {OWN: "network", **{one.folder: one.title for one in session.config.searches}}
    for folder, ensemble in session.ensembles.items():
        if len(ensemble.members) > 1:
            yield folder, title_of(len(ensemble.members), titles[folder]), ensemble


def begin_choosing(
    task: Forecast, residual: bool, most_members: int, stop: StopFlag
) -> Callable[[Sequence[Pooled]], Chosen]:
    """Return, on a worker, what chooses from networks by their forecasts on validation."""
    series = task.series("valid", residual)
    inputs = [one.inputs for one in series]
    truth = np.concatenate([one.targets[one.counts] for one in series])

    def forecasts(network: Network) -> np.ndarray:
        outputs = predict_each(network, inputs)
        scored = [out[one.counts] for out, one in zip(outputs, series, strict=True)]
        return np.concatenate(scored)  # (scored rows, n_targets) float32

    def work(pool: Sequence[Pooled]) -> Chosen:
        pool = pool[: max(MOST_NUMBERS // truth.size, FEWEST_POOLED)]
        predictions = [forecasts(one.network) for one in pool]
        places = select(predictions, truth, most_members)
        while len(times := times_of(places)) > 1 and not _fit_together(
            [pool[place].network for place in times]
        ):
            least = min(reversed(times), key=times.__getitem__)
            places = tuple(place for place in places if place != least)
        if not places:
            return Chosen({}, np.inf)
        error = float(np.abs(mean_of(predictions, places) - truth).mean())
        return Chosen(times, error)

    return work


def _fit_together(networks: Sequence[Network]) -> bool:
    """Say whether networks are small enough to be one."""
    try:
        average(networks, [1 / len(networks)] * len(networks))
    except GenomeError:
        return False
    return True


def _kept(item: Item, chosen: Chosen) -> tuple[Mapping[str, Any], str]:
    members = [[item.payload[place].number, times] for place, times in chosen.times.items()]
    kept = {"members": members, "error": repr(chosen.error)}
    said = f"{len(members)} of {len(item.payload)} networks"
    return kept, f"{item.title}: {said}, validation loss {number(chosen.error)}."


def kept_ensemble(pool: Sequence[Pooled], kept: Mapping[str, Any]) -> Ensemble | None:
    """Read what `_kept` made; None where every network of the pool has diverged.

    Raises:
        KeyError, TypeError, ValueError: It cannot be.
    """
    by_number = {one.number: one for one in pool}
    times = dict(kept["members"])
    if not all(type(n) is int and 1 <= n <= BAGS * MOST_POOLED for n in times.values()):
        raise ValueError("a member must be chosen at least once")
    members = [by_number[candidate] for candidate in times]
    if not members:
        return None
    return averaged(
        [one.network for one in members],
        [one.number for one in members],
        [one.loss for one in members],
        list(times.values()),
        sum(one.seconds for one in members),
    )
