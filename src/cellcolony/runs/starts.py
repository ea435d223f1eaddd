"""What users name to start a search from: runs, files of genomes, results and genomes."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

from cellcolony.contract import Genome, Start
from cellcolony.errors import ConfigError, RunError, brief
from cellcolony.networks.genome import Network
from cellcolony.runs.genomes import GENOME, KINDS, WEIGHTS
from cellcolony.runs.open import open_run
from cellcolony.runs.result import Result
from cellcolony.store import foreign
from cellcolony.store.reading import LARGEST_GENOME, LARGEST_WEIGHTS, readable

StartFrom: TypeAlias = str | os.PathLike[str] | Result | Genome
"""A run directory or a `genome.json` by name, a result, or a genome."""
FORMS = "a run directory, or a file such as runs/a/champions/12/genome.json"


def starts_of(given: Iterable[StartFrom], kind: str) -> tuple[Start, ...]:
    """Return the genomes that users want to start from, each once.

    Args:
        given: Of a run and of a result the best by validation is taken; of a file the genome, with
            the weights that lie beside it.
        kind: What is searched for.

    Raises:
        ConfigError: One is of another kind.
        RunError: A run or a file cannot be read.
    """
    found: dict[str, Start] = {}
    for place, one in enumerate(given):
        start = _start(one, place)
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


def _start(given: StartFrom, place: int) -> Start:
    if isinstance(given, Result):
        return _of_result(given, str(given.path or "a result"))
    if isinstance(given, str | os.PathLike):
        path = Path(given).expanduser()
        return _of_result(open_run(path), str(path)) if path.is_dir() else _of_file(path)
    if getattr(given, "kind", None) in KINDS:
        return Start(given, f"{KINDS[given.kind].noun} {place} that was given")
    raise ConfigError(f"`start_from` must be {FORMS}, a result or a genome. Got {brief(given)}.")


def _of_result(result: Result, name: str) -> Start:
    one = result.chosen
    return Start(one.genome, f"{name}, {one.title}", one.epochs, one.rate)


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
        return Start(KINDS[kind].read(plain), str(path))


def _kinds_of(plain: object) -> Iterator[str]:
    """Yield the kind of genome that plain values can be."""
    if isinstance(plain, dict):
        yield from (kind for kind, key in (("network", "nodes"), ("tree", "tree")) if key in plain)
