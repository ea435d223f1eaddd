"""What benchmarks share that develop on the first 85 % of a series, which leave its test rows out.

These rows are split like a series of its own: they train, they choose by validation, and the rows
after these measure what was chosen.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from league_task import league_task

from cellcolony.contract import Problem
from cellcolony.judges.training.networks import NetworkTraining, fitted_to
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer, predict_each
from cellcolony.search.taps.view import linear_view
from cellcolony.tasks.forecast import Forecast

NAMES = ("delays", "lagvar", "narma30", "regime", "lorenz", "etth1", "bike", "pm25")
"""The series of the league that the program was developed on."""
MOST_SHARE = 0.85


class Development(NamedTuple):
    """A shortened series in its three parts, with what searches and trains on it.

    Attributes:
        train, valid, later: What trains, what chooses, and the rows after these, which measure.
        protocol: Takes the updates that were asked for.
    """

    problem: Problem
    protocol: Protocol
    train: Sequence[Series]
    valid: Sequence[Series]
    later: Sequence[Series]

    @classmethod
    def of(cls, name: str, asked: argparse.Namespace) -> Development:
        """Read a series of the league by its name, as a command line of `asked_of` wants it."""
        task = league_task(name, asked.share)
        parts = (task.series(split, True) for split in ("train", "valid", "test"))
        return cls(_problem(task), fitted_to(Protocol(updates=asked.updates), task), *parts)

    def judge(self) -> NetworkTraining:
        """Return what trains on the training rows, and chooses the epoch by validation."""
        return judge_of(self.train, self.valid, self.protocol)


def judge_of(
    train: Sequence[Series], valid: Sequence[Series], protocol: Protocol
) -> NetworkTraining:
    """Return what trains on some rows and chooses by others; nothing stops it."""
    return NetworkTraining(Trainer(train, valid, protocol), np.zeros(1, np.uint8))


def asked_of(arguments: argparse.ArgumentParser, seeds: int) -> argparse.Namespace:
    """Read a command line that names a table, series, seeds, the share of the rows and updates.

    Args:
        arguments: Takes what else the script knows.
        seeds: How many, unless the command line says it.
    """
    arguments.add_argument("out", type=Path)
    arguments.add_argument("names", nargs="*", default=NAMES)
    arguments.add_argument("--seeds", type=int, default=seeds)
    arguments.add_argument("--share", type=float, default=MOST_SHARE)
    arguments.add_argument("--updates", type=int, default=300)
    asked = arguments.parse_intermixed_args()
    if not 0 < asked.share <= MOST_SHARE:
        arguments.error(f"--share must be in (0, {MOST_SHARE}]: the rest holds the test rows")
    asked.out = asked.out.resolve()  # a script goes to the folder of the data
    return asked


def error_of(network: Network, series: Sequence[Series]) -> float:
    """Return the mean absolute error on the counted rows of some series, in scaled units."""
    outputs = predict_each(network, [one.inputs for one in series])
    errors = [
        np.abs(found[one.counts] - one.targets[one.counts])
        for found, one in zip(outputs, series, strict=True)
    ]
    return float(np.concatenate(errors).mean())


def _problem(task: Forecast) -> Problem:
    return Problem(task.columns.inputs, task.columns.targets, "linear", linear_view(task, True))
