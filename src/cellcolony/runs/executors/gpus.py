"""GPUs of a machine: which there are, and which process has which.

They are counted without torch, so that a process sees its own GPU alone before torch starts there.
"""

from __future__ import annotations

import os
import re
import subprocess
from itertools import cycle, islice
from typing import Any

from cellcolony.errors import ConfigError

VISIBLE = "CUDA_VISIBLE_DEVICES"
"""The variable by which CUDA is told which GPUs a process may see."""
LISTED = ("nvidia-smi", "-L")
LIST_SECONDS = 60
"""So long the driver may take to list its GPUs."""
NAME = re.compile(r"\d+|(GPU|MIG)-[\w/-]+")
"""What CUDA takes: a number, or the name of a GPU or of a part of one (MIG)."""
LINE = re.compile(r"\s*(?P<kind>GPU|MIG)\b.*\(UUID: (?P<name>[\w/-]+)\)")
LOCAL_RANKS = ("OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID")
"""Where Open MPI, MPICH with Intel MPI, and SLURM say which process of its machine one is."""


def gpus() -> tuple[str, ...]:
    """Return the GPUs that this process may use, by the names that CUDA_VISIBLE_DEVICES takes.

    That variable says which, where it is set; else the driver's `nvidia-smi -L` does. Of a GPU that
    is cut into parts (MIG) each part is one.
    """
    told = os.environ.get(VISIBLE)
    return _listed() if told is None else _visible(told)


def _visible(told: str) -> tuple[str, ...]:
    """Return what the variable names, up to a name that CUDA does not take."""
    found: list[str] = []
    for name in (one.strip() for one in told.split(",")):
        if not NAME.fullmatch(name):
            break
        found.append(name)
    return tuple(dict.fromkeys(found))


def _listed() -> tuple[str, ...]:
    """Return what the driver lists; nothing where there is none."""
    try:
        done = subprocess.run(LISTED, capture_output=True, text=True, timeout=LIST_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found: dict[str, list[str]] = {}
    whole = ""
    for line in map(LINE.match, done.stdout.splitlines() if done.returncode == 0 else ()):
        if line is not None and line["kind"] == "GPU":
            whole = line["name"]
            found[whole] = []
        elif line is not None and whole:
            found[whole].append(line["name"])
    return tuple(name for one, parts in found.items() for name in parts or (one,))


def gpus_for(device: str) -> tuple[str, ...]:
    """Return the GPUs of this machine that language models compute on.

    Args:
        device: "cpu", "cuda", or "auto" for GPUs where there are some.

    Raises:
        ConfigError: It is "cuda", and there is no GPU, or torch cannot use it.
    """
    found = () if device == "cpu" else gpus()
    if not found and device == "cuda":
        raise ConfigError(
            f"`device` is 'cuda', and there is no GPU here: {why_none()}. Say --device cpu, or "
            f"name the GPUs by {VISIBLE}."
        )
    if not found:
        return ()
    # Torch is an extra, and takes seconds to import.
    from cellcolony.layers.device import place

    return found if place(device).type == "cuda" else ()


def why_none() -> str:
    """Say by what we know that there is no GPU."""
    told = os.environ.get(VISIBLE)
    return "`nvidia-smi -L` lists none" if told is None else f"{VISIBLE} is {told!r}"


def check_per_gpu(per_gpu: object) -> int:
    """Return how many trainings at most share a GPU.

    Raises:
        ConfigError: It is no such number.
    """
    if type(per_gpu) is not int or per_gpu < 1:
        raise ConfigError(f"`per_gpu` must be a whole number of at least 1. Got {per_gpu!r}.")
    return per_gpu


def seats(per_gpu: int | None, n: int) -> tuple[str, ...]:
    """Return the GPU of each process, of at most `n` on this machine.

    Where several programs of a cluster share the machine, each begins with the GPU of its own
    number among them.

    Args:
        per_gpu: So many processes share a GPU; None for processes that need none.
        n: How many processes there would be without.

    Returns:
        The names; none where processes compute on processors.
    """
    found = () if per_gpu is None else gpus()
    if per_gpu is None or not found:
        return ()
    first = _local_rank() % len(found)
    return tuple(islice(cycle(found[first:] + found[:first]), min(n, per_gpu * len(found))))


def _local_rank() -> int:
    """Return which of the processes that a cluster has started on this machine this one is."""
    told = (os.environ.get(name, "") for name in LOCAL_RANKS)
    return next((int(rank) for rank in told if rank.isdecimal()), 0)


class OwnGpu:
    """Lets the process that this is sent to see one GPU alone, from when it arrives there.

    It must come before whatever else is sent: that may import torch.

    Args:
        name: The GPU's name; None for a process that sees what its master sees.
    """

    def __init__(self, name: str | None) -> None:
        self._name = name

    def __reduce__(self) -> tuple[Any, ...]:
        return _see, (self._name,)


def _see(name: str | None) -> OwnGpu:
    if name is not None:
        os.environ[VISIBLE] = name
    return OwnGpu(name)
