"""The state of a search as plain arrays and values, and how it is read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from cellcolony import cells
from cellcolony.contract import Problem
from cellcolony.errors import ConfigError, brief
from cellcolony.search.examm.genome import Genome
from cellcolony.search.examm.given import Given
from cellcolony.search.examm.innovations import Innovations
from cellcolony.search.examm.islands import Island, Member
from cellcolony.search.examm.saved_genome import (
    genome_from_dict,
    genome_to_dict,
    innovations_from_dict,
    innovations_to_dict,
)
from cellcolony.search.examm.settings import NO_REPOPULATION, Examm
from cellcolony.settings import MOST


class Pending(NamedTuple):
    """What a search has to know when a candidate's evaluation comes.

    Attributes:
        genome: Its genome, with the weights that training started from.
        island: The place of the island that it was made for.
        founded: How often that island had been erased.
        epochs: The epochs of training behind its weights.
    """

    genome: Genome
    island: int
    founded: int
    epochs: int


class Saved(NamedTuple):
    """What a state holds.

    Attributes:
        problem: What networks read and predict.
        innovations: The innovation numbers that were given out.
        islands: The populations.
        pending: What is out, by number.
        given: The genomes that it was begun with.
    """

    problem: Problem
    innovations: Innovations
    islands: list[Island]
    pending: dict[int, Pending]
    given: tuple[Given, ...] = ()


def to_dict(saved: Saved) -> dict[str, Any]:
    """Return it as plain arrays and values."""
    problem = saved.problem
    return {
        "inputs": list(problem.inputs),
        "outputs": list(problem.outputs),
        "output_cell": problem.output_cell,
        "innovations": innovations_to_dict(saved.innovations),
        "islands": [
            {
                "founded": island.founded,
                "losses": [one.loss for one in island.members],
                "numbers": [one.number for one in island.members],
                "epochs": [one.epochs for one in island.members],
                "genomes": [genome_to_dict(one.genome) for one in island.members],
            }
            for island in saved.islands
        ],
        "pending": [
            {**one._asdict(), "number": number, "genome": genome_to_dict(one.genome)}
            for number, one in saved.pending.items()
        ],
        "given": [{**one._asdict(), "genome": genome_to_dict(one.genome)} for one in saved.given],
    }


def from_dict(settings: Examm, problem: Problem, data: Mapping[str, Any]) -> Saved:
    """Read what `to_dict` wrote; the output cell is the saved one.

    Raises:
        ConfigError: It is the state of another search, or holds a value that cannot be.
        KeyError: A value is missing.
        TypeError: A value is of another kind.
        ValueError: A value cannot be.
    """
    problem = _problem(problem, data)
    innovations = innovations_from_dict(problem, data["innovations"])

    def genome(saved: Mapping[str, Any]) -> Genome:
        return genome_from_dict(settings, problem, innovations, saved)

    islands = []
    for saved in data["islands"]:
        genomes = map(genome, saved["genomes"])
        columns = zip(saved["losses"], saved["numbers"], genomes, saved["epochs"], strict=True)
        members = tuple(Member(float(a), count(b), c, count(d)) for a, b, c, d in columns)
        islands.append(Island(settings.island_size, members, count(saved["founded"])))
    pending = {
        count(saved["number"]): Pending(
            genome(saved["genome"]),
            count(saved["island"], settings.n_islands - 1),
            count(saved["founded"]),
            count(saved["epochs"]),
        )
        for saved in data["pending"]
    }
    _check(settings, islands)
    given = tuple(
        Given(str(saved["origin"]), genome(saved["genome"]), count(saved["epochs"]))
        for saved in data["given"]
    )
    return Saved(problem, innovations, islands, pending, given)


def check_phase(settings: Examm, islands: Sequence[Island], were_full: bool) -> None:
    """Check that islands can be as they are.

    Args:
        settings: Those of the search.
        islands: The populations.
        were_full: Whether all of them have been full.

    Raises:
        ConfigError: They are not full although they have been, and more than one erased island can
            be the reason.
    """
    n_open = sum(not island.full for island in islands)
    if were_full and n_open > (settings.repopulation != NO_REPOPULATION):
        raise ConfigError(f"{n_open} islands of a saved search are not full, and have been.")


def count(value: Any, most: int = MOST) -> int:
    """Return a saved count.

    Raises:
        ConfigError: It is below 0 or too large.
    """
    if not 0 <= int(value) <= most:
        raise ConfigError(f"A saved search has a count that cannot be: {brief(value)}.")
    return int(value)


def _problem(problem: Problem, data: Mapping[str, Any]) -> Problem:
    for key in ("inputs", "outputs"):
        now = list(getattr(problem, key))
        if list(data[key]) != now:
            raise ConfigError(
                f"The saved search has other {key}: {brief(data[key])} there, and {brief(now)} "
                "here. Continue with the data that it was started with."
            )
    return replace(problem, output_cell=cells.get(data["output_cell"]).name)


def _check(settings: Examm, islands: Sequence[Island]) -> None:
    if len(islands) != settings.n_islands:
        raise ConfigError(
            f"The saved search has {len(islands)} islands, not {settings.n_islands}. Continue with "
            "the settings that it was started with."
        )
    for island in islands:
        ranks = [one.rank for one in island.members]
        finite = all(math.isfinite(one.loss) for one in island.members)
        if not finite or ranks != sorted(ranks) or len(ranks) > island.size:
            raise ConfigError(f"A saved island of {island.size} cannot be: {brief(ranks[:3])}.")
