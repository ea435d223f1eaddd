"""`cellcolony slurm`: print a batch file that carries out a command on a SLURM cluster."""

from __future__ import annotations

import re
import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cellcolony.errors import ConfigError

STUDIES = ("search", "evolve-node", "mix")
"""The commands that begin a study, which can be gone on with."""
CHOSEN = ("--executor", "--scheduler", "--scheduler-file")
"""What the batch file decides."""
ON_GPUS = ("evolve-node", "mix")
"""Those of them that train on GPUs."""
CHOSEN_ON_GPUS = ("--device", "--per-gpu")
"""What it decides beside that for a job on GPUs."""
LEAST_TERM = 60


def slurm(
    *command: Annotated[str, Parameter(allow_leading_hyphen=True)],
    nodes: int = 1,
    time: str = "8h",
    cores: int | None = None,
    gpu: int | None = None,
    per_gpu: int = 1,
    partition: str | None = None,
    account: str | None = None,
    name: str = "cellcolony",
    term: int = 120,
    line: tuple[str, ...] = (),
) -> None:
    """Print a batch file for SLURM that carries out a command on several machines.

    Read it, then submit it: `cellcolony slurm --nodes 4 --time 8h -- search ... > job.sh`, `sbatch
    job.sh`. One allocation holds a Dask scheduler, a worker on each machine and the master, which
    speak TLS with keys of this job alone. Before its time is up the job writes everything down,
    queues itself again and goes on; so it does after a failure of a machine.

    Args:
        command: After --: search, evolve-node or mix, with its options.
        nodes: How many machines.
        time: How long one allocation may last: 8h, 90min, or as SLURM writes it, 1-12:00:00.
        cores: How many cores of each machine. Without, whole machines.
        gpu: How many GPUs of each machine, on which everything is then trained; not for `search`.
        per_gpu: So many trainings at most share a GPU.
        partition: The partition; without, the cluster's own choice.
        account: Who pays, where the cluster asks.
        name: What the job is called.
        term: So many seconds before its time is up the job writes everything down and leaves.
        line: A further line for sbatch, such as --line=--mem=64G. May be repeated.
    """
    from cellcolony.cells.lower.templates import filled

    words = [*command]
    if not words or words[0] not in STUDIES:
        raise ConfigError(
            f"Give a command after --: {', '.join(STUDIES)}. Got {shlex.join(words) or 'none'}."
        )
    for word in words:
        if word.partition("=")[0] in (CHOSEN if gpu is None else (*CHOSEN, *CHOSEN_ON_GPUS)):
            raise ConfigError(f"{word} is what the batch file decides: leave it out.")
    numbers = ("nodes", nodes, 1), ("term", term, LEAST_TERM), ("per-gpu", per_gpu, 1)
    for option, value, least in (*numbers, ("gpu", 1 if gpu is None else gpu, 1)):
        if value < least:
            raise ConfigError(f"--{option} must be at least {least}. Got {value}.")
    if gpu is None and per_gpu != 1:
        raise ConfigError("--per-gpu is for jobs on GPUs: say how many by --gpu.")
    if gpu is not None and words[0] not in ON_GPUS:
        raise ConfigError(f"--gpu is for {' and '.join(ON_GPUS)}. Got {words[0]}.")
    out = _out_of(words)
    if out is None:
        out = f"runs/{name}-{datetime.now():%Y-%m-%d_%H-%M-%S}"
        words += ["--out", out]
    print(
        filled(
            "cellcolony.cli", "slurm", "sh",
            nodes=nodes, time=slurm_time(time), cores=cores, gpu=gpu, per_gpu=per_gpu,
            name=shlex.quote(name), term=term,
            lines=[
                *([f"--partition={partition}"] if partition else []),
                *([f"--account={account}"] if account else []),
                *line,
            ],
            python=shlex.quote(str(Path(sys.executable).absolute())),
            out=shlex.quote(out), command=shlex.join(words),
            has_seeds=any(word.partition("=")[0] == "--seeds" for word in words),
        ),
        end="",
    )  # fmt: skip


def slurm_time(text: str) -> str:
    """Return a time as SLURM writes it.

    Raises:
        ConfigError: It is none.
    """
    if re.fullmatch(r"(\d+-)?\d+(:\d{2}){0,2}", text):
        return text
    found = re.fullmatch(r"(?P<amount>\d+(\.\d+)?)\s*(?P<unit>h|min|m|d)", text)
    if found is None:
        raise ConfigError(f"--time must be a time such as 8h, 90min or 1-12:00:00. Got {text!r}.")
    minutes = {"h": 60, "min": 1, "m": 1, "d": 1440}[found["unit"]]
    n = max(round(float(found["amount"]) * minutes), 1)
    return f"{n // 60}:{n % 60:02}:00"


def _out_of(words: list[str]) -> str | None:
    """Return the run directory that a command names."""
    for place, word in enumerate(words):
        if word == "--out" and place + 1 < len(words):
            return words[place + 1]
        if word.startswith("--out="):
            return word.removeprefix("--out=")
    return None
