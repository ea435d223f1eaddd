"""What users name to start a search from: runs, files of genomes, results and genomes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from cellcolony.contract import Genome, Start
from cellcolony.errors import ConfigError, RunError, brief
from cellcolony.judges.saved import read_structure
from cellcolony.networks.genome import Network
from cellcolony.runs.genomes import GENOME, KINDS, WEIGHTS
from cellcolony.runs.open import open_run
from cellcolony.runs.pool import MOST_POOLED, pool_of_run
from cellcolony.runs.result import Result
from cellcolony.store import foreign
from cellcolony.store.reading import LARGEST_GENOME, LARGEST_WEIGHTS, readable

StartFrom: TypeAlias = str | os.PathLike[str] | Result | Genome
"""A run directory, its best few ("runs/a:20") or a `genome.json` by name, a result, or a genome."""
FORMS = "a run directory, its 20 best (runs/a:20), or a file such as runs/a/champions/1/genome.json"


def starts_of(given: Iterable[StartFrom], kind: str) -> tuple[Start, ...]:
    """Return the genomes that users want to start from, each once.

    Args:
        given: Of a run and of a result the best by validation is taken, or so many as stand behind
            its name; of a file the genome, with the weights that lie beside it.
        kind: What is searched for.

    Raises:
        ConfigError: One is of another kind, or a number behind a run is out of its range.
        RunError: A run or a file cannot be read.
    """
    found: dict[str, Start] = {}
    for start in (start for place, one in enumerate(given) for start in _starts(one, place)):
        if start.genome.kind != kind:
            wanted, got = KINDS[kind].noun, KINDS[start.genome.kind].noun
            raise ConfigError(
                f"The search is for a {wanted}, and {start.origin} is a {got}. "
                f"Start from a {wanted}."
            )
        found.setdefault(str(_key(start.genome)), start)
    return tuple(found.values())


def _key(genome: Genome) -> tuple[object, ...]:
    weights = genome.weights if isinstance(genome, Network) else None
    return genome.to_dict(), None if weights is None else weights.tobytes()


def _starts(given: StartFrom, place: int) -> Iterator[Start]:
    if isinstance(given, Result):
        yield _of_result(given, str(given.path or "a result"))
    elif isinstance(given, str | os.PathLike):
        path = Path(given).expanduser()
        run, colon, n = str(path).rpartition(":")
        if path.is_dir():
            yield _of_result(open_run(path), str(path))
        elif colon and n.isdecimal() and Path(run).is_dir():
            yield from _best_of(Path(run), int(n))
        else:
            yield _of_file(path)
    elif getattr(given, "kind", None) in KINDS:
        yield Start(given, f"{KINDS[given.kind].noun} {place} that was given")
    else:
        wanted = f"`start_from` must be {FORMS}, a result or a genome"
        raise ConfigError(f"{wanted}. Got {brief(given)}.")


def _of_result(result: Result, name: str) -> Start:
    one = result.chosen
    return Start(one.genome, f"{name}, {one.title}", one.epochs, one.rate)


def _best_of(run: Path, n: int) -> Iterator[Start]:
    """Yield the best candidate of a run, and then the best of the others."""
    if not 1 <= n <= MOST_POOLED:
        raise ConfigError(
            f"The number behind a run to start from must be 1 to {MOST_POOLED}. Got {run}:{n}."
        )
    result = open_run(run)
    yield _of_result(result, str(run))
    best = pool_of_run(run, result.config).best(n, in_turn=True)
    others = (one for one in best if one.number != result.chosen.number)
    for one in islice(others, n - 1):
        judged = result.history.verdict(one.number)
        epochs = (judged.count("epochs_before") or 0) + judged.n_epochs
        yield Start(one.genome, f"{run}, {result.noun} {one.number}", epochs, one.rate)


def _of_file(path: Path) -> Start:
    if not path.is_file():
        raise RunError(f"{path} is neither a run nor a genome. To start from: {FORMS}.")
    with readable(f"{path}: the genome"):
        plain = foreign.parse_json(foreign.read_regular(path, LARGEST_GENOME))
        kind = next(iter(_kinds_of(plain)), None)
        if kind is None:
            raise ValueError("it is neither a network nor a node")
        beside = path.with_name(WEIGHTS)
        if kind == Network.kind and path.name == GENOME and beside.exists():
            weights = foreign.read_regular(beside, LARGEST_WEIGHTS)
            return Start(KINDS[kind].stored(plain, weights), str(path))
        return Start(read_structure(kind, plain), str(path))


def _kinds_of(plain: object) -> Iterator[str]:
    """Yield the kind of genome that plain values can be."""
    if isinstance(plain, dict):
        yield from (kind for kind, key in (("network", "nodes"), ("tree", "tree")) if key in plain)
