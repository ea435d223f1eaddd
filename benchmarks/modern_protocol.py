"""How the modern protocol's settings were chosen: each is changed alone, on the coal data.

Run `CELLCOLONY_DATA=... python benchmarks/modern_protocol.py`. A fixed GRU of 12 nodes with full
skip-1 recurrence (409 weights) trains on burners 0-9 but for the last 15 % of each, which choose
the epoch and the settings; burners 10-11 test. Medians of seeds; errors in the target's own units,
of the [0, 1] scale.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import coal
import numpy as np

from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.protocol import Protocol, protocol
from cellcolony.networks.train import Trainer, score
from cellcolony.networks.warm_up import warm_up

BASE = protocol("modern")
CHANGES = (
    {},
    {"scale": "minmax"},
    {"scale": "none"},
    {"window": 25},
    {"window": 50},
    {"window": 100},
    {"window": 400},
    {"lanes": 16},
    {"lanes": 32},
    {"window": 25, "lanes": 32, "learning_rate": 0.02},
    {"window": 100, "lanes": 16},
    {"learning_rate": 0.005},
    {"learning_rate": 0.01},
    {"learning_rate": 0.02},
    {"learning_rate": 0.05},
    {"schedule": "constant"},
    {"loss": "mse"},
    {"optimizer": "nesterov"},
    {"norm_cap": 0.25},
    {"norm_cap": 1e9},
    {"residual": False},
    {"epochs": 3},
    {"epochs": 5},
    {"epochs": 20},
    {"epochs": 40},
    {"epochs": 80},
    {"initial": "all uniform"},
    {"initial": "outputs 0.1"},
    {"initial": "outputs 0"},
)


def starting_network(initial: str, seed: int):
    """Return the fixed GRU; the study's other initialisations change what `draw_weights` draws."""
    network = fixed_network(["gru"], 12, 1, output_cell="linear", time_skips=(1,))
    rng = np.random.default_rng(seed)
    network = draw_weights(network, rng)
    assert network.weights is not None
    weights = network.weights.copy()
    n_edges = len(network.edges)
    to_output = np.isin(network.edges[:, 1], [node.id for node in network.outputs])
    if initial == "all uniform":
        weights[:] = rng.uniform(-0.5, 0.5, weights.size)
    elif initial == "outputs 0.1":
        weights[:n_edges][to_output] *= 0.1
    elif initial == "outputs 0":
        weights[:n_edges][to_output] = 0
    return network.with_weights(weights)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--quick", action="store_true", help="two epochs of each third: does it run?"
    )
    options = parser.parse_args()
    n_seeds, changes = options.seeds, CHANGES
    if options.quick:
        n_seeds, changes = 1, [{**change, "epochs": 2} for change in CHANGES[::9]]
    print(coal.machine(), f"{n_seeds} seeds")
    warm_up(["gru", "linear"])
    tasks = {
        scale: coal.burners(scale, valid_files=False) for scale in ("zscore", "minmax", "none")
    }
    print("| changed | valid MAE | test MAE | worst test MAE | seconds |\n|---|---|---|---|---|")
    for change in changes:
        settings = dict(change)
        task = tasks[str(settings.pop("scale", "zscore"))]
        initial = str(settings.pop("initial", ""))
        how: Protocol = replace(BASE, **settings)
        train, valid, test = (task.series(s, how.residual) for s in ("train", "valid", "test"))
        trainer = Trainer(train, valid, how)
        unit = float(task.transform.target_scaling.width[0])
        rows = []
        for seed in range(n_seeds):
            network = starting_network(initial, seed)
            result = trainer.train(network)
            test_mae = score(network.with_weights(result.weights), test)[0][0]
            rows.append((result.loss * unit, test_mae * unit, result.seconds))
        valid_mae, test_mae, seconds = np.median(rows, axis=0)
        worst = max(r[1] for r in rows)
        name = ", ".join(f"{k} {v}" for k, v in change.items()) or "nothing"
        print(
            f"| {name} | {valid_mae:.5f} | {test_mae:.5f} | {worst:.5f} | {seconds:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
