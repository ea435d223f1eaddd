"""An ensemble of a search's networks: one network, and whose forecasts it averages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import numpy as np
from annotated_types import Ge, Le

from cellcolony.errors import RunError
from cellcolony.networks.averaging import average
from cellcolony.networks.genome import Network
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.directory import ENSEMBLE, MEMBERS
from cellcolony.runs.genomes import GENOME, KINDS, WEIGHTS
from cellcolony.runs.history import History
from cellcolony.runs.pool import MOST_POOLED, check_columns
from cellcolony.runs.scores import read_table, table_csv
from cellcolony.runs.selection import BAGS
from cellcolony.settings import Count, settings
from cellcolony.store import foreign
from cellcolony.store.files import remove
from cellcolony.store.reading import LARGEST_GENOME, LARGEST_WEIGHTS, read, readable
from cellcolony.store.writing import recording
from cellcolony.wording import count

Which: TypeAlias = int | Literal["ensemble"] | None
"""A network of a study: one of the front by its number, the ensemble, or None for the best."""
COLUMNS = ("candidate", "times", "share", "loss")


@settings
class Member:
    """A network of an ensemble.

    Attributes:
        candidate: The candidate's number.
        times: How often it was chosen.
        share: How much its forecast weighs.
        loss: Its validation loss.
    """

    candidate: Count
    times: Annotated[int, Ge(1), Le(BAGS * MOST_POOLED)]
    share: Annotated[float, Ge(0), Le(1)]
    loss: Annotated[float, Ge(0), Le(1e100)]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Networks that were chosen together on validation, as one network.

    Attributes:
        network: Its outputs are the weighted mean of those of the members.
        members: Whose, in the order in which they were chosen. Where none made the best alone
            better there is one.
        seconds: How long all their trainings took.
    """

    network: Network
    members: tuple[Member, ...]
    seconds: float = 0.0

    @property
    def genome(self) -> Network:
        """The network."""
        return self.network

    @property
    def size(self) -> int:
        """Its trainable numbers."""
        return self.network.n_weights

    @property
    def title(self) -> str:
        """What it is called: "ensemble of 5 networks"."""
        return title_of(len(self.members))

    def files(self) -> dict[str, bytes]:
        """Return what stands in its folder, by the files' names."""
        rows = [[getattr(one, name) for name in COLUMNS] for one in self.members]
        members = table_csv(COLUMNS, rows)
        return {**KINDS[Network.kind].files(self.network, 0), MEMBERS: members.encode()}


def title_of(n_members: int, of: str = "network") -> str:
    """Return what an ensemble is called.

    Args:
        n_members: How many networks it has.
        of: What one of them is called, or the search that found them.
    """
    if of.endswith("network"):
        return f"ensemble of {count(n_members, of)}"
    return f"ensemble of {n_members} of {of}"


def averaged(
    networks: Sequence[Network], numbers: Sequence[int], losses: Sequence[float],
    times: Sequence[int], seconds: float,
) -> Ensemble:  # fmt: skip
    """Return the ensemble of networks that were chosen so many times each.

    Raises:
        GenomeError: They do not form one network.
    """
    shares = [one / sum(times) for one in times]
    members = map(Member, numbers, times, shares, losses)
    return Ensemble(average(networks, shares), tuple(members), seconds)


def write_ensemble(run: Path, ensemble: Ensemble) -> None:
    """Write the folder of an ensemble; it is there whole or not at all.

    Raises:
        RunError: It cannot be written.
    """
    folder, part = run / ENSEMBLE, run / f"{ENSEMBLE}.part"
    with recording(run):
        remove(part)
        part.mkdir()
        for file, content in ensemble.files().items():
            (part / file).write_bytes(content)
        remove(folder)
        part.rename(folder)


def remove_ensemble(run: Path) -> None:
    """Remove what an earlier session has left, where there is no ensemble any more.

    Raises:
        RunError: It cannot be removed.
    """
    with recording(run):
        remove(run / ENSEMBLE)


def read_ensemble(run: Path, config: StudyConfig, history: History) -> Ensemble | None:
    """Read what `write_ensemble` wrote; None where there is nothing.

    Args:
        run: The run directory, which somebody else may have made.
        config: Its configuration.
        history: Its journal.

    Raises:
        RunError: A file is missing or damaged, or it is no average of networks of the journal.
    """
    folder = run / ENSEMBLE
    if config.genome != Network.kind or not (folder.exists() or folder.is_symlink()):
        return None
    with readable(f"{folder}: the ensemble", RunError):
        plain = foreign.parse_json(read(run, folder / GENOME, LARGEST_GENOME))
        network = KINDS[Network.kind].stored(plain, read(run, folder / WEIGHTS, LARGEST_WEIGHTS))
        assert isinstance(network, Network)
        check_columns(network, config.problem)
        members = read_table(run, folder / MEMBERS, Member, "the members")
        return _checked(network, members, history)


def _checked(network: Network, members: tuple[Member, ...], history: History) -> Ensemble:
    if not 0 < len(members) <= MOST_POOLED:
        raise ValueError(f"{MEMBERS} has {len(members)} lines")
    if len({one.candidate for one in members}) < len(members):
        raise ValueError(f"a candidate stands in {MEMBERS} twice")
    judged = [history.candidate(one.candidate) for one in members]
    for member, own in zip(members, judged, strict=True):
        if own.loss != member.loss:
            raise ValueError(f"candidate {member.candidate} has another loss in the journal")
    if abs(sum(one.share for one in members) - 1) > 1e-6:
        raise ValueError(f"the shares of {MEMBERS} do not sum to 1")
    asked = (history.genome(one.candidate, Network.kind) for one in members)
    blank = [_without_weights(one) for one in asked]
    if average(blank, [1.0] * len(blank)).to_dict() != network.to_dict():
        raise ValueError("it is another network than its members give together")
    return Ensemble(network, members, sum(one.seconds for one in judged))


def _without_weights(genome: object) -> Network:
    """Return a network whose weights are all 0: its structure alone counts."""
    assert isinstance(genome, Network)
    return genome.with_weights(np.zeros(genome.n_all_weights))
