"""How networks train on the coal data: fixed rivals, the protocol's windows, structure and luck.

    CELLCOLONY_DATA=... python benchmarks/coal_training.py rivals|windows|luck|length [--workers 2]

`rivals` trains fixed networks of at most 250 weights for as long as a first and a second training.
`windows` trains the same sparse networks by several settings of the protocol.
`luck` asks whether structure or first weights decide: some structures, each with several draws. It
leaves out structures of which a draw ends 20 % or more above the median training error. `length`
trains the same networks for 10 to 400 epochs.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import product

import numpy as np
from coal import ANT_CELLS, Errors, burners, machine
from numpy.typing import NDArray
from scipy.stats import rankdata

from cellcolony import AntSwarm
from cellcolony.contract import Candidate, Problem
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import Protocol, protocol
from cellcolony.networks.train import Trainer
from cellcolony.networks.warm_up import warm_up
from cellcolony.search.methods import METHODS
from cellcolony.search.random import RandomSearch
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast

EPOCHS = 50
"""Of a first and a second training together."""
MODERN = protocol("modern")
SETTINGS = ((25, 32, 0.02), (100, 16, 0.03), (200, 16, 0.03), (200, 16, 0.05), (200, 8, 0.03))
"""Window, lanes and learning rate; the first is what the protocol was before."""
LENGTHS = (10, 50, 100, 200, 400)
TARGET_COLUMN = 11
"""Where the target stands among the inputs."""
RIVAL_CELLS = ("simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole", "lstm")


def rivals(task: Forecast, workers: int) -> None:
    """Train fixed networks of at most 250 weights; five first weights each, medians."""
    for cell, n_layers in product(RIVAL_CELLS, (1, 2)):
        sizes = [_layered(cell, n_layers, width) for width in range(1, 40)]
        largest = max((n for n in sizes if n.n_weights <= 250), key=lambda n: n.n_weights)
        drawn = [draw_weights(largest, rng_for(seed, 0, "rival")) for seed in range(5)]
        rows = _trained(task, drawn, workers)
        valid, test = np.median(rows[:, 1:3], axis=0)
        best = rows[np.argmin(rows[:, 1])]
        print(
            f"{cell} x {n_layers} layers, {largest.n_weights} weights: valid MAE {valid:.5f}, "
            f"test MAE {test:.5f}; of five the best on validation: {best[1]:.5f}, {best[2]:.5f}",
            flush=True,
        )


def _layered(cell: str, n_layers: int, width: int) -> Network:
    return fixed_network(
        [cell] * n_layers, 12, 1, width=width, output_cell="linear", time_skips=(1,)
    )


def windows(task: Forecast, workers: int) -> None:
    """Train the same networks by the former protocol and by others; medians of those that learn."""
    networks = [draw_weights(one, rng_for(0, i, "windows")) for i, one in enumerate(_laid_out(16))]
    for epochs, (window, lanes, rate) in product((10, 50), SETTINGS):
        how = replace(MODERN, window=window, lanes=lanes, learning_rate=rate)
        rows = _trained(task, networks, workers, how, epochs)
        learned = rows[_has_learned(rows)]
        train, valid, test, seconds = np.median(learned, axis=0)
        print(
            f"{epochs} epochs, window {window}, {lanes} lanes, rate {rate}: train MAE {train:.5f}, "
            f"valid {valid:.5f}, test {test:.5f} {seconds:.2f} s "
            f"({len(learned)} of {len(rows)} learned)",
            flush=True,
        )


def luck(task: Forecast, workers: int, n_structures: int = 12, n_draws: int = 6) -> None:
    """Print how far errors vary between structures, and between first weights of one."""
    structures = _laid_out(n_structures)
    drawn = [
        draw_weights(network, rng_for(seed, 0, "luck"))
        for network in structures
        for seed in range(n_draws)
    ]
    errors = _trained(task, drawn, workers).reshape(n_structures, n_draws, 4)
    errors = errors[_has_learned(errors).all(axis=1)]
    for i, split in enumerate(("train", "valid", "test")):
        values = errors[:, :, i]
        within = float(values.var(axis=1, ddof=1).mean())
        between = max(0.0, float(values.mean(axis=1).var(ddof=1)) - within / n_draws)
        print(
            f"{split}: mean {values.mean():.5f}; deviation between structures {between**0.5:.6f}, "
            f"between first weights of one structure {within**0.5:.6f} ({len(values)} structures)"
        )

    flat = errors.reshape(-1, 4)
    for i, split in enumerate(("train", "valid")):
        rho = np.corrcoef(rankdata(flat[:, i]), rankdata(flat[:, 2]))[0, 1]
        print(f"rank correlation of {split} and test error: {rho:.2f} ({len(flat)} trainings)")


def length(task: Forecast, workers: int) -> None:
    """Train the same networks for longer and longer; medians of those that learn."""
    networks = [draw_weights(one, rng_for(0, i, "length")) for i, one in enumerate(_laid_out(16))]
    for epochs in LENGTHS:
        rows = _trained(task, networks, workers, epochs=epochs)
        learned = rows[_has_learned(rows)]
        train, valid, test, seconds = np.median(learned, axis=0)
        best = learned[np.argmin(learned[:, 1])]
        print(
            f"{epochs} epochs: train MAE {train:.5f}, valid {valid:.5f}, test {test:.5f}, "
            f"{seconds:.2f} s; the best on validation: {best[1]:.5f}, test {best[2]:.5f} "
            f"({len(learned)} of {len(rows)} learned)",
            flush=True,
        )


def _laid_out(n: int) -> list[Network]:
    """Return networks of the default march over even ground that read the target's own column.

    Without that column none does better than persistence.
    """
    settings = RandomSearch(AntSwarm(second_training=0))
    problem = Problem(tuple(f"column {i}" for i in range(12)), ("target",))
    walk = METHODS["random"].start(settings, problem, rng_for(9, -1, "start"))
    networks, number = [], 0
    while len(networks) < n:
        candidate = walk.ask(number, rng_for(9, number, "ask"))
        assert isinstance(candidate, Candidate)
        number += 1
        if TARGET_COLUMN in candidate.genome.edges[:, 0]:
            networks.append(candidate.genome)
    return networks


def _has_learned(errors: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Say which trainings, on the axes before the last, end near the median training error."""
    return errors[..., 0] < 1.2 * np.median(errors[..., 0])


def quick(task: Forecast, workers: int) -> None:
    """Train one network as all parts do: does it run?"""
    print(*_trained(task, _laid_out(1), workers, epochs=1)[0], sep=", ")


def _trained(
    task: Forecast,
    networks: Iterable[Network],
    workers: int,
    how: Protocol = MODERN,
    epochs: int = EPOCHS,
) -> NDArray[np.float64]:
    """Return train, valid and test error and seconds of each network, `(n_networks, 4)`."""
    errors = Errors(task)
    trainer = Trainer(task.series("train", True), task.series("valid", True), how)

    def one(network: Network) -> list[float]:
        result = trainer.train(network, epochs=epochs)
        trained = network.with_weights(result.weights)
        found = [errors.of(trained, split) for split in ("train", "valid", "test")]
        return [*found, result.seconds]

    with ThreadPoolExecutor(workers) as executor:
        return np.array(list(executor.map(one, networks)))


def main() -> None:
    """Read the command line and run one of the parts."""
    parts = {"rivals": rivals, "windows": windows, "luck": luck, "length": length}
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=parts, nargs="?")
    parser.add_argument(
        "--quick", action="store_true", help="one epoch of one network: does it run?"
    )
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    if not options.quick and options.what is None:
        parser.error(f"one of {', '.join(parts)}, or --quick")
    print(machine())
    warm_up({*ANT_CELLS, *RIVAL_CELLS, MODERN.output_cell})
    work = quick if options.quick else parts[options.what]
    work(burners("zscore", valid_files=False), options.workers)


if __name__ == "__main__":
    main()
