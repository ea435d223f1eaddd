"""Series that nothing was tuned on: a folder of them, with a league.toml.

    pip download --no-deps river vega_datasets statsmodels sktime   # unpacked into PACKAGES
    python benchmarks/unseen_series.py FOLDER [PACKAGES]
    cellcolony league FOLDER/league.toml --budget 60s --seeds 1 --control off --rivals fixed

Nine are made here, each of a kind that the league does not have. Six are measured; they come with
well-known packages, of which PACKAGES holds the unpacked wheels, and are left out without it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

DIGITS = 5


class Measured(NamedTuple):
    """A series that somebody measured.

    Attributes:
        file: Where it lies in the unpacked packages.
        columns: Which columns are read, by their names there.
        target: The column that is forecast.
        horizon: How many rows ahead.
    """

    file: str
    columns: tuple[str, ...]
    target: str
    horizon: int


MEASURED = {
    "waterflow": Measured(
        "river/datasets/water-flow.csv", ("Water flow [l/s]",), "Water flow [l/s]", 1
    ),
    "sftemps": Measured("vega_datasets/_data/sf-temps.csv", ("temp",), "temp", 24),
    "weather": Measured(
        "vega_datasets/_data/seattle-weather.csv",
        ("precipitation", "temp_max", "temp_min", "wind"), "temp_max", 1,
    ),
    "co2": Measured("statsmodels/datasets/co2/co2.csv", ("co2",), "co2", 4),
    "brent": Measured("river/drift/datasets/brent_crude_oil.csv", ("DPB",), "DPB", 5),
    "ecg": Measured("sktime/datasets/data/mitdb/mitdb.csv", ("data",), "data", 5),
}  # fmt: skip


def setar(rng: np.random.Generator, n: int = 6_000) -> pd.DataFrame:
    """Two regimes, by what was two rows ago: Tong 1983, "Threshold Models"."""
    y = np.zeros(n)
    for t in range(2, n):
        low, high = (
            0.62 + 1.25 * y[t - 1] - 0.43 * y[t - 2],
            2.25 + 1.52 * y[t - 1] - 1.24 * y[t - 2],
        )
        y[t] = np.clip((low if y[t - 2] <= 3.25 else high) + rng.normal(0, 0.2), -20, 20)
    return pd.DataFrame({"y": y})


def tanks(rng: np.random.Generator, n: int = 8_000) -> pd.DataFrame:
    """Two tanks that run into each other, the inlet 17 rows late; the first nobody measures."""
    inlet = np.repeat(rng.uniform(0, 1, n // 25 + 1), 25)[:n]
    first = second = 0.3
    rows = []
    for t in range(n):
        first += 0.08 * (inlet[max(t - 17, 0)] - np.sqrt(max(first, 0)))
        second += 0.06 * (np.sqrt(max(first, 0)) - np.sqrt(max(second, 0)))
        rows.append((inlet[t] + rng.normal(0, 0.02), second + rng.normal(0, 0.01)))
    return pd.DataFrame(rows, columns=["inlet", "level"])


def demand(rng: np.random.Generator, n: int = 9_000) -> pd.DataFrame:
    """Hours with a day, a week and a year, heating and cooling."""
    t = np.arange(n)
    temperature = 12 + 9 * np.sin(2 * np.pi * t / 8766) + 4 * np.sin(2 * np.pi * (t - 9) / 24)
    temperature += _autoregressive(rng, n, 0.97, 0.5)
    day = 1 + 0.25 * np.sin(2 * np.pi * (t - 8) / 24) + 0.1 * np.sin(4 * np.pi * t / 24)
    load = 100 * np.where((t // 24) % 7 < 5, 1.0, 0.78) * day
    load += 1.5 * np.maximum(15 - temperature, 0) + 2 * np.maximum(temperature - 22, 0)
    return pd.DataFrame({"temp": temperature, "load": load + _autoregressive(rng, n, 0.9, 1.2)})


def battery(rng: np.random.Generator, n: int = 8_000) -> pd.DataFrame:
    """A voltage that depends on a charge that nobody measures: the sum of all currents."""
    charge, temperature, current = 0.7, 20.0, 0.0
    rows = []
    for _ in range(n):
        if rng.random() < 0.05:
            current = rng.choice([-1, -0.5, 0, 0.5, 1]) * rng.uniform(0.5, 1)
        if charge > 0.95:
            current = abs(current)
        if charge < 0.1:
            current = -abs(current)
        charge -= current * 0.004
        temperature += 0.02 * current**2 * 5 - 0.01 * (temperature - 20)
        voltage = 3 + 0.9 * charge + 0.2 * np.tanh((charge - 0.15) * 12)
        voltage -= current * (0.12 + 0.003 * (25 - temperature))
        noisy = temperature + rng.normal(0, 0.05), voltage + rng.normal(0, 0.004)
        rows.append((current, *noisy))
    return pd.DataFrame(rows, columns=["current", "temp", "voltage"])


def latent(rng: np.random.Generator, n: int = 5_000, n_sensors: int = 80) -> pd.DataFrame:
    """Eighty noisy sensors of three hidden factors, whose past and whose product is forecast."""
    hidden = np.zeros((n, 3))
    for t in range(1, n):
        hidden[t] = [0.95, 0.8, 0.6] * hidden[t - 1] + rng.normal(0, 1, 3)
    weights = rng.normal(0, 1, (3, n_sensors)) * (rng.random((3, n_sensors)) < 0.3)
    sensors = hidden @ weights + rng.normal(0, 2, (n, n_sensors))
    y = np.zeros(n)
    y[12:] = 0.6 * hidden[:-12, 0] + 0.5 * np.tanh(hidden[5:-7, 1]) * hidden[8:-4, 2]
    y[12:] += rng.normal(0, 0.4, n - 12)
    return pd.DataFrame({**{f"s{i}": sensors[:, i] for i in range(n_sensors)}, "y": y})


def bilinear(rng: np.random.Generator, n: int = 6_000) -> pd.DataFrame:
    """Products of a column and the target's own past, and a square."""
    u, y = rng.uniform(-1, 1, (n, 6)), np.zeros(n)
    for t in range(40, n):
        y[t] = 0.5 * y[t - 1] + 0.4 * u[t - 9, 1] * y[t - 3] + 0.5 * u[t - 22, 4]
        y[t] += -0.3 * u[t - 35, 2] ** 2 + rng.normal(0, 0.1)
    return pd.DataFrame({**{f"u{i}": u[:, i] for i in range(6)}, "y": y})


def rossler(rng: np.random.Generator, n: int = 6_000, step: float = 0.02) -> pd.DataFrame:
    """One coordinate of a chaotic flow, with noise: Rossler 1976."""

    def flow(at: np.ndarray) -> np.ndarray:
        x, y, z = at
        return np.array([-y - z, x + 0.2 * y, 0.2 + z * (x - 5.7)])

    at, found = np.array([1.0, 1.0, 1.0]), []
    for t in range(n * 10):
        a = flow(at)
        b = flow(at + step / 2 * a)
        c = flow(at + step / 2 * b)
        at = at + step / 6 * (a + 2 * b + 2 * c + flow(at + step * c))
        if t % 10 == 0:
            found.append(at[0] + rng.normal(0, 0.1))
    return pd.DataFrame({"x": found})


def counts(rng: np.random.Generator, n: int = 4_000) -> pd.DataFrame:
    """Daily sales, whole numbers, with a week, a year and promotions."""
    t = np.arange(n)
    rate = np.exp(0.3 + 0.6 * np.sin(2 * np.pi * t / 7) + 0.4 * np.sin(2 * np.pi * t / 365))
    promoted = (rng.random(n) < 0.06) * 1.0
    sold = rng.poisson(rate * (1 + 1.5 * np.r_[0, promoted[:-1]])) * 1.0
    return pd.DataFrame({"promo": promoted, "sold": sold})


def drift(rng: np.random.Generator, n: int = 7_000) -> pd.DataFrame:
    """A random walk with a trend, beyond the range of the training rows, and a period."""
    walk = np.cumsum(rng.normal(0.01, 0.3, n))
    y = walk + 5 * np.sin(2 * np.pi * np.arange(n) / 48) + rng.normal(0, 0.5, n)
    return pd.DataFrame({"y": y})


MADE: dict[str, tuple[Callable[[np.random.Generator], pd.DataFrame], str, int]] = {
    "setar": (setar, "y", 2),
    "tanks": (tanks, "level", 3),
    "demand": (demand, "load", 24),
    "battery": (battery, "voltage", 10),
    "latent": (latent, "y", 1),
    "bilinear": (bilinear, "y", 1),
    "rossler": (rossler, "x", 15),
    "counts": (counts, "sold", 1),
    "drift": (drift, "y", 6),
}
"""By name: what makes it, the target, and how many rows ahead."""


def main() -> None:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    if len(sys.argv) > 2:
        for name, one in MEASURED.items():
            table = pd.read_csv(Path(sys.argv[2]) / one.file)[list(one.columns)].interpolate()
            entries.append(_written(folder, name, table, one.target, one.horizon))
    for seed, (name, (make, target, horizon)) in enumerate(MADE.items(), 1):
        table = make(np.random.default_rng(seed))
        entries.append(_written(folder, name, table, target, horizon))
    (folder / "league.toml").write_text("\n".join(entries))
    print(f"{len(entries)} series in {folder}")


def _written(folder: Path, name: str, table: pd.DataFrame, target: str, horizon: int) -> str:
    """Write a series, and return its entry in league.toml."""
    table.round(DIGITS).to_csv(folder / f"{name}.csv", index=False)
    return f'[{name}]\nfiles = "{name}.csv"\ntarget = "{target}"\nhorizon = {horizon}\n'


def _autoregressive(rng: np.random.Generator, n: int, share: float, deviation: float) -> np.ndarray:
    """Return noise of which each value keeps a share of the one before, `(n,)`."""
    found = np.zeros(n)
    for t in range(1, n):
        found[t] = share * found[t - 1] + rng.normal(0, deviation)
    return found


if __name__ == "__main__":
    main()
