"""What weight decay does to networks of one design, series by series.

    python benchmarks/weight_decay.py OUT.csv [--seeds 3] [--share 0.85] [--updates 300] [NAMES...]

Of each series the first 85 % alone are read, which leaves its test rows out, and are split like a
series of its own. Nine designs are trained for nine times 300 updates from the same first weights
with each decay; validation chooses the epoch, and the rows after it measure. Prints how much the
error on validation and after it differs from that without decay: the mean of the logarithm of the
ratio over designs and seeds. Lines that OUT.csv holds are not computed again. CELLCOLONY_DATA names
the data. One thread.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import numpy as np
from development import Development, asked_of, error_of
from measured import add_row, rows_of

from cellcolony.contract import Candidate, Tap
from cellcolony.networks.genome import Network
from cellcolony.networks.warm_up import warm_up
from cellcolony.search.taps import Taps
from cellcolony.search.taps.blueprint import Blueprint, Layer
from cellcolony.search.taps.space import Space
from cellcolony.search.taps.weights import first_weights

DECAYS = (0.0, 0.003, 0.01, 0.03, 0.1, 0.3)
DESIGNS = (
    ("gru", 12, 1, "rows", 0.5),
    ("gru", 48, 1, "rows", 0.3),
    ("gru", 24, 1, "window", 0.5),
    ("mgu", 24, 2, "rows", 0.5),
    ("lstm_peephole", 24, 2, "rows", 0.5),
    ("lstm", 24, 2, "rows", 0.5),
    ("simple", 24, 1, "selected", 0.5),
    ("lstm_peephole", 48, 1, "rows", 0.5),
    ("lstm", 48, 1, "rows", 0.5),
)
"""Cell, nodes of a layer, layers, what the first layer reads, factor of the learning rate."""
EFFORT = 9
WINDOW = 24
HEAD = ("series", "share", "seed", "design", "weight_decay", "valid_mae", "later_mae")


def main() -> None:
    asked = asked_of(argparse.ArgumentParser(), seeds=3)
    for name in asked.names:
        _measure(name, asked)
    _tell(rows_of(asked.out))


def _measure(name: str, asked: argparse.Namespace) -> None:
    done = {tuple(row[key] for key in HEAD[:5]) for row in rows_of(asked.out)}
    rows = Development.of(name, asked)
    judge = rows.judge()
    for seed in range(asked.seeds):
        for design, network, rate in designs(rows, seed):
            for decay in DECAYS:
                key = name, str(asked.share), str(seed), design, str(decay)
                if key in done:
                    continue
                one = Candidate(0, network, effort=EFFORT, rate=rate, weight_decay=decay)
                weights = judge(one).weights
                assert weights is not None, "it diverged"
                trained = network.with_weights(weights)
                errors = (f"{error_of(trained, part):.6g}" for part in (rows.valid, rows.later))
                add_row(asked.out, HEAD, (*key, *errors))


def designs(rows: Development, seed: int) -> Iterator[tuple[str, Network, float]]:
    """Yield each design: its name, a network with first weights, and its learning rate's factor."""
    cells = ("simple", *dict.fromkeys(cell for cell, *_ in DESIGNS if cell != "simple"))
    space = Space(Taps(cells=cells), rows.problem)
    reads = _reads(space)
    warm_up((*cells, "linear"), rows.protocol)
    for cell, width, n_layers, what, rate in DESIGNS:
        layer = Layer(cell, width, () if cell == "simple" else (1,))
        blueprint = Blueprint((layer,) * n_layers, reads[what], (), rate)
        start = space.start_of(blueprint)
        network = first_weights(blueprint, rows.problem, start, np.random.default_rng(seed))
        yield f"{cell} {n_layers} x {width}, {what}", network, rate


def _reads(space: Space) -> dict[str, tuple[Tap, ...]]:
    """Return what a first layer may read, by its name."""
    columns = frozenset(range(len(space.problem.inputs)))
    now = space.now(columns)
    lags = space.view.lags
    window = (
        (column, lag) for column in space.problem.own for lag in range(min(WINDOW, lags[column]))
    )
    return {
        "rows": now,
        "selected": tuple(dict.fromkeys((*now, *space.selected))),
        "window": tuple(dict.fromkeys((*now, *window))),
    }


def _tell(rows: list[dict[str, str]]) -> None:
    found = {
        (row["series"], float(row["weight_decay"]), (row["design"], row["seed"])): (
            float(row["valid_mae"]), float(row["later_mae"]),
        )
        for row in rows
    }  # fmt: skip
    print(f"{'series':10}", *(f"{decay:>16g}" for decay in DECAYS[1:]))
    for name in dict.fromkeys(row["series"] for row in rows):
        cells = []
        for decay in DECAYS[1:]:
            ratios = [
                np.log(np.divide(errors, found[name, 0.0, other]))
                for (own, at, other), errors in found.items()
                if (own, at) == (name, decay)
            ]
            valid, later = 100 * np.mean(ratios, 0)
            cells.append(f"{valid:+7.1f} {later:+6.1f} %")
        print(f"{name:10}", *cells)


if __name__ == "__main__":
    main()
