"""The run directory: plain files that a person can read without this program.

config.toml      the settings of the search, and the data's fingerprint
journal.jsonl    every candidate asked and done, as it happened
checkpoint.json, checkpoint-N.safetensors   where the search stood at a line of the journal
lock             empty; locked by the process that writes the run
front.csv        the best network of each size; `chosen` marks the best by validation
champions/ID/    genome.json and weights.safetensors of each network of the front
colony.safetensors   at the end of an ant colony's search: its pheromone (start, edges, recurrent,
                 cells), the weights that it hands down and the epochs behind them
scores.csv       the errors of the front and, at the end, of the rivals, by split and target
result.toml      budget, counts and times; written at the end
test_predictions.csv   at the end: for each scored row of the test files (`row` counts from 0) what
                 the targets are and what the best network forecast for them
random/          the run of random search, where the search was held against it
report.html, colony.svg, champions/ID/drawing.svg   at the end, by the command line
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.errors import RunError
from cellcolony.networks.genome import Network
from cellcolony.runs.events import Champion
from cellcolony.runs.reading import CONFIG as CONFIG
from cellcolony.store import foreign
from cellcolony.store.files import remove as remove
from cellcolony.store.files import write_file as write_file
from cellcolony.store.reading import LARGEST_GENOME, LARGEST_WEIGHTS, parse_tensors, read
from cellcolony.store.writing import writing

JOURNAL, FRONT = "journal.jsonl", "front.csv"
CHAMPIONS, SCORES, RESULT = "champions", "scores.csv", "result.toml"
PREDICTIONS, COLONY = "test_predictions.csv", "colony.safetensors"
OF_AN_END = (RESULT, PREDICTIONS, COLONY)
"""What is written when a search has ended, and says nothing about one that goes on."""
UNBEGUN = {CHAMPIONS, "lock", "checkpoint.json", "checkpoint.json.part", CONFIG + ".part"}
"""All that a kill can leave before `config.toml` makes a folder a run."""
GENOME, WEIGHTS = "genome.json", "weights.safetensors"
PARTS = ("edges", "recurrent_edges", "cells")
"""Of a champion's weights, each in the genome's order."""


def refuse_existing(path: Path) -> None:
    """Check that a run can be written to `path`.

    Raises:
        RunError: Something stands there.
    """
    if path.exists() or path.is_symlink():
        raise RunError(f"{path} exists. A run is never written over: choose another --out.")


def create(path: Path) -> None:
    """Make a new run directory, and the folders above it.

    Raises:
        RunError: Something stands there, or the folder cannot be made.
    """
    refuse_existing(path)
    try:
        (path / CHAMPIONS).mkdir(parents=True)
    except OSError as error:
        raise RunError(f"{path}: the run directory cannot be made: {error.strerror}.") from error


def remove_unbegun(path: Path) -> None:
    """Remove a folder that a kill left before it was a run; any other stays as it is."""
    if not path.is_dir() or any(path.glob(f"{CHAMPIONS}/*")):
        return
    if {file.name for file in path.iterdir()} <= UNBEGUN:
        shutil.rmtree(path)


def write_champions(
    run: Path, champions: Iterable[Champion], files: Callable[[Champion], Mapping[str, str | bytes]]
) -> None:
    """Write the folders of champions that have none; a folder is there whole or not at all.

    Args:
        run: The run directory.
        champions: The front.
        files: Returns what stands in the folder of one, by the files' names.

    Raises:
        RunError: One cannot be written.
    """
    folder = run / CHAMPIONS
    with writing(folder):
        foreign.refuse_leading_out(folder, run)
        for champion in champions:
            name = str(champion.number)
            if not (folder / name).exists():
                part = folder / (name + ".part")
                remove(part)
                part.mkdir()
                for file, content in files(champion).items():
                    text = content.encode("utf-8") if isinstance(content, str) else content
                    (part / file).write_bytes(text)
                part.rename(folder / name)


def network_files(champion: Champion) -> dict[str, str | bytes]:
    """Return what stands in the folder of a network of the front."""
    network = champion.network
    return {GENOME: genome_json(network), WEIGHTS: save(weight_tensors(network))}


def remove_former_champions(run: Path, champions: Iterable[Champion]) -> None:
    """Remove the folders of all others; call it when nothing refers to them any more.

    Raises:
        RunError: One cannot be removed.
    """
    kept = {str(champion.number) for champion in champions}
    folder = run / CHAMPIONS
    with writing(folder):
        foreign.refuse_leading_out(folder, run)
        for former in folder.iterdir():
            if former.name not in kept:
                remove(former)


def read_champion(run: Path, number: int) -> Network:
    """Return a champion's network with its trained weights.

    Raises:
        RunError: Its files are missing or do not form a network.
    """
    folder = run / CHAMPIONS / str(number)
    try:
        genome = foreign.parse_json(read(run, folder / GENOME, LARGEST_GENOME))
        tensors = parse_tensors(read(run, folder / WEIGHTS, LARGEST_WEIGHTS))
        network = Network.from_dict(genome, _weights(tensors))
        if not network.live:  # raises where no input reaches an output
            raise ValueError("it has no nodes")
    except (ValueError, RunError) as error:
        raise RunError(f"{folder}: the network cannot be read: {error}") from error
    return network


def _weights(tensors: Mapping[str, NDArray[Any]]) -> NDArray[np.float32]:
    parts = [tensors[name] for name in PARTS if name in tensors]
    if len(parts) < len(PARTS) or any(p.dtype != np.float32 or p.ndim != 1 for p in parts):
        raise ValueError(f"{WEIGHTS} must hold {', '.join(PARTS)}, each a list of float32")
    return np.concatenate(parts)


def genome_json(network: Network) -> str:
    """Return a network's structure as JSON, one node or edge a line."""
    parts = []
    for key, rows in network.to_dict().items():
        lines = ",\n  ".join(json.dumps(row) for row in rows)
        parts.append(f' "{key}": [\n  {lines}\n ]' if rows else f' "{key}": []')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def weight_tensors(network: Network) -> dict[str, NDArray[np.float32]]:
    """Return the weights of edges, of recurrent edges and of cells, each in the genome's order."""
    assert network.weights is not None
    ends = np.cumsum([len(network.edges), len(network.recurrent_edges)])
    return dict(zip(PARTS, np.split(network.weights, ends), strict=True))
