"""What a study was begun with, kept with its run: resuming and replaying need no other run.

`start.json` holds genomes and weights; `config.toml` its digest, and where each comes from.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

import numpy as np

from cellcolony.contract import Start
from cellcolony.errors import ConfigError
from cellcolony.judges.saved import read_genome
from cellcolony.networks.genome import Network
from cellcolony.settings import MOST
from cellcolony.store import foreign
from cellcolony.store.reading import DAMAGE

START = "start.json"
LARGEST_START = 256 << 20
"""Bytes of it: some thousand large networks."""


def start_json(starts: Iterable[Start]) -> str:
    """Return what a study was begun with as JSON, a line for each genome."""
    return "[\n" + ",\n".join(json.dumps(_plain(one)) for one in starts) + "\n]\n"


def digest_of_starts(starts: Iterable[Start]) -> str:
    """Return a digest of what a study was begun with."""
    return sha256(start_json(starts).encode()).hexdigest()


def _plain(start: Start) -> dict[str, Any]:
    genome = start.genome
    plain = {"origin": start.origin, "epochs": start.epochs, "rate": start.rate}
    if isinstance(genome, Network) and genome.weights is not None:
        weights = np.asarray(genome.weights, "<f4").tobytes()
        plain["weights"] = base64.b64encode(weights).decode("ascii")
    return {**plain, genome.kind: genome.to_dict()}


def read_starts(content: bytes, kind: str, about: Mapping[str, Any]) -> tuple[Start, ...]:
    """Read what `start_json` wrote, which somebody else may have made.

    Args:
        content: The file.
        kind: What the genomes are.
        about: What `config.toml` says of it.

    Raises:
        ConfigError: It is no such file, or another one than `config.toml` says.
    """
    try:
        starts = tuple(_start(one, kind) for one in foreign.parse_json(content))
    except (*DAMAGE, ConfigError) as error:
        raise ConfigError(f"{START} holds what cannot be: {str(error)[:200]}.") from error
    if digest_of_starts(starts) != about.get("digest"):
        raise ConfigError(f"{START} is not what the study was begun with.")
    return starts


def _start(saved: Mapping[str, Any], kind: str) -> Start:
    weights = None
    if "weights" in saved:
        content = base64.b64decode(saved["weights"], validate=True)
        weights = np.frombuffer(content, "<f4").astype(np.float32)
    epochs, rate, origin = saved["epochs"], saved["rate"], saved["origin"]
    if type(epochs) is not int or not 0 <= epochs <= MOST or not isinstance(origin, str):
        raise ValueError(f"`epochs` or `origin` cannot be: {epochs!r:.60}, {origin!r:.60}")
    if type(rate) not in (int, float) or not 0 < rate <= MOST:
        raise ValueError(f"`rate` must be above 0, not {rate!r:.60}")
    genome = read_genome(kind, {kind: saved[kind], "weights": weights})
    return Start(genome, origin, epochs, float(rate))
