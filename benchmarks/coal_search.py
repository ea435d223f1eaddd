"""What searches find on the coal data in ten minutes, and what fixed networks of the same size do.

    CELLCOLONY_DATA=... python benchmarks/coal_search.py search runs/coal-search [--minutes 10]
        [--workers 2] [--seeds 5] [--method colony|random]
    CELLCOLONY_DATA=... python benchmarks/coal_search.py rivals [--workers 2]
    CELLCOLONY_DATA=... python benchmarks/coal_search.py luck [--workers 2]

`search` goes on where it was stopped: a finished run stands as one line in DIR/results.jsonl. What
is chosen is chosen on validation: for each limit on the number of weights the best network within.
`rivals` trains fixed networks of at most 250 weights for as long as a first and a second training.
`luck` asks whether structure or first weights decide: some structures, each with several draws. It
leaves out structures of which a draw ends 20 % or more above the median training error.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from coal import ANT_CELLS, burners, machine

from cellcolony import AntSwarm
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import protocol
from cellcolony.networks.train import Trainer, score, warm_up
from cellcolony.runs.bench import Bench
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Event
from cellcolony.search.random import RandomSearch
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast

LIMITS = (200, 250, 10_000)
"""Networks of at most so many weights are chosen among."""
EPOCHS = 50
"""Of a first and a second training together."""
MODERN = protocol("modern")
TARGET_COLUMN = 11
"""Where the target stands among the inputs."""


class Errors:
    """Scores networks in the target's own units."""

    def __init__(self, task: Forecast) -> None:
        self._series = {split: task.series(split, True) for split in ("train", "valid", "test")}
        self._unit = float(task.transform.target_scaling.width[0])

    def of(self, network: Network, split: str) -> float:
        """Return the mean absolute error."""
        return float(score(network, self._series[split])[0][0]) * self._unit


def search(task: Forecast, folder: Path, options: argparse.Namespace) -> None:
    """Run the seeds that are missing, and print what all have found."""
    folder.mkdir(parents=True, exist_ok=True)
    results, errors = folder / "results.jsonl", Errors(task)
    done = (
        [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []
    )
    settings = {"colony": AntSwarm(), "random": RandomSearch(AntSwarm())}[options.method]
    warm_up({*settings.cells, MODERN.output_cell})
    for seed in range(options.seeds):
        if any(_run_of(one) == (options.method, seed, options.minutes) for one in done):
            continue
        bench = Bench.of(task, MODERN, seed, options.workers, "arrival")
        books, entropies = Bookkeeping(), []
        books.observers.append(partial(_note_entropy, entropies))
        bench.search(bench.start(settings), Budget(seconds=60 * options.minutes), books)
        line = {
            "method": options.method,
            "seed": seed,
            "minutes": options.minutes,
            "workers": options.workers,
            "n_networks": books.n_done,
            "entropy": entropies[-1:],
        }
        for limit in LIMITS:
            fitting = [one for one in books.front if one.network.n_weights <= limit]
            if not fitting:
                continue
            best = min(fitting, key=lambda one: one.loss)
            line[f"at most {limit}"] = {
                "number": best.number,
                "n_weights": best.network.n_weights,
                "epochs": best.epochs,
                **{s: errors.of(best.network, s) for s in ("train", "valid", "test")},
            }
        done.append(line)
        with results.open("a") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)
    _print_medians([one for one in done if one["minutes"] == options.minutes])


def _run_of(line: dict) -> tuple[str, int, float]:
    return line["method"], line["seed"], line["minutes"]


def _note_entropy(entropies: list[float], event: Event) -> None:
    if isinstance(event, Asked) and "entropy" in event.candidate.how:
        entropies.append(event.candidate.how["entropy"])


def _print_medians(done: list[dict]) -> None:
    for method, limit in product(("colony", "random"), LIMITS):
        key = f"at most {limit}"
        runs = [one[key] for one in done if one["method"] == method and key in one]
        if runs:
            middle = {k: float(np.median([run[k] for run in runs])) for k in runs[0]}
            print(
                f"{method}, at most {limit} weights, {len(runs)} seeds: median test MAE "
                f"{middle['test']:.5f} (worst {max(run['test'] for run in runs):.5f}), valid "
                f"{middle['valid']:.5f}, {middle['n_weights']:.0f} weights"
            )


def rivals(task: Forecast, workers: int) -> None:
    """Train fixed networks of at most 250 weights; five first weights each, medians."""
    kinds = list(
        product(("simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole", "lstm"), (1, 2))
    )
    warm_up({cell for cell, _ in kinds} | {MODERN.output_cell})
    for cell, n_layers in kinds:
        sizes = [_layered(cell, n_layers, width) for width in range(1, 40)]
        largest = max((n for n in sizes if n.n_weights <= 250), key=lambda n: n.n_weights)
        drawn = [draw_weights(largest, rng_for(seed, 0, "rival")) for seed in range(5)]
        rows = _trained(task, drawn, workers)
        valid, test = np.median(rows[:, 1:], axis=0)
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


def luck(task: Forecast, workers: int, n_structures: int = 12, n_draws: int = 6) -> None:
    """Print how far errors vary between structures, and between first weights of one."""
    warm_up({*ANT_CELLS, MODERN.output_cell})
    walk = Bench.of(task, MODERN, 0, 1, "arrival").start(RandomSearch(AntSwarm(second_training=0)))
    structures: list[Network] = []
    number = 0
    while len(structures) < n_structures:
        candidate = walk.ask(number, rng_for(9, number, "ask"))
        number += 1
        network = getattr(candidate, "network", None)
        if network is not None and TARGET_COLUMN in network.edges[:, 0]:
            structures.append(network)  # without that column it can do no better than persistence
    drawn = [
        draw_weights(network, rng_for(seed, 0, "luck"))
        for network in structures
        for seed in range(n_draws)
    ]
    errors = _trained(task, drawn, workers).reshape(n_structures, n_draws, 3)
    errors = errors[(errors[:, :, 0] < 1.2 * np.median(errors[:, :, 0])).all(axis=1)]
    for i, split in enumerate(("train", "valid", "test")):
        values = errors[:, :, i]
        within = float(values.var(axis=1, ddof=1).mean())
        between = max(0.0, float(values.mean(axis=1).var(ddof=1)) - within / n_draws)
        print(
            f"{split}: mean {values.mean():.5f}; deviation between structures {between**0.5:.6f}, "
            f"between first weights of one structure {within**0.5:.6f} ({len(values)} structures)"
        )


def _trained(task: Forecast, networks: Iterable[Network], workers: int) -> np.ndarray:
    """Return train, valid and test error of each network after `EPOCHS`, `(n_networks, 3)`."""
    errors = Errors(task)
    trainer = Trainer(task.series("train", True), task.series("valid", True), MODERN)

    def one(network: Network) -> list[float]:
        trained = network.with_weights(trainer.train(network, epochs=EPOCHS).weights)
        return [errors.of(trained, split) for split in ("train", "valid", "test")]

    with ThreadPoolExecutor(workers) as executor:
        return np.array(list(executor.map(one, networks)))


def main() -> None:
    """Read the command line and run one of the three."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("what", choices=("search", "rivals", "luck"))
    parser.add_argument("folder", type=Path, nargs="?", default=Path("runs/coal-search"))
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--method", choices=("colony", "random"), default="colony")
    options = parser.parse_args()
    print(machine())
    task = burners("zscore", valid_files=False)
    parts: dict[str, Callable[[], None]] = {
        "search": lambda: search(task, options.folder, options),
        "rivals": lambda: rivals(task, options.workers),
        "luck": lambda: luck(task, options.workers),
    }
    parts[options.what]()


if __name__ == "__main__":
    main()
