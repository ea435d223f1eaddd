"""A battery of experiments, and a comparison over several data sets.

You learn how to try several methods with several seeds on one series (a battery: examples/
methods.toml), and how to find out whether what won there wins elsewhere too: whole studies on
several series, put side by side by `compare`, which ranks them over all.

    python examples/battery.py                                   # a few minutes
    python examples/battery.py --budget 200networks --seeds 6    # enough seeds for a p below 0.05

Each step is a command that you could give in a terminal; it is printed before it runs. The files
are written to runs/battery_example.
"""

import shlex
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

import numpy as np
import pandas as pd

from cellcolony.cli import main as cellcolony

BATTERY = Path(__file__).with_name("methods.toml")


def load(rng: np.random.Generator, n_rows: int) -> pd.DataFrame:
    """Return what a town draws from the grid, an hour a row: by day, by week, and by weather."""
    hours = np.arange(n_rows)
    weather = np.convolve(rng.normal(0, 1, n_rows + 23), np.ones(24) / 5, "valid")
    daily, weekly = np.sin(2 * np.pi * hours / 24), np.sin(2 * np.pi * hours / 168)
    drawn = 50 + 10 * daily + 5 * weekly - 4 * np.roll(weather, 3) + rng.normal(0, 1, n_rows)
    return pd.DataFrame({"y": drawn, "weather": weather}).round(3)


def river(rng: np.random.Generator, n_rows: int) -> pd.DataFrame:
    """Return the level of a river: rain runs off quickly, and much later through the ground."""
    rain = rng.exponential(1, n_rows) * (rng.random(n_rows) < 0.2)
    quick, ground = np.zeros(n_rows), np.zeros(n_rows)
    for t in range(5, n_rows):
        quick[t] = 0.7 * quick[t - 1] + rain[t - 2]
        ground[t] = 0.98 * ground[t - 1] + 0.05 * rain[t - 5]
    level = quick + 3 * ground + rng.normal(0, 0.05, n_rows)
    return pd.DataFrame({"y": level, "rain": rain}).round(3)


def circuit(rng: np.random.Generator, n_rows: int) -> pd.DataFrame:
    """Return two sensors on a chaotic circuit: the Henon map, with noise on the reading."""
    x = np.zeros((n_rows, 2))
    for t in range(1, n_rows):
        x[t] = 1 - 1.4 * x[t - 1, 0] ** 2 + x[t - 1, 1], 0.3 * x[t - 1, 0]
    read = x + rng.normal(0, 0.02, x.shape)
    return pd.DataFrame(read, columns=pd.Index(["y", "second"])).round(4)


SERIES = {"load": load, "river": river, "circuit": circuit}


def run(*words: object) -> None:
    """Print a command and carry it out."""
    line = ["cellcolony", *map(str, words)]
    print(f"\n$ {shlex.join(line)}\n", flush=True)
    if cellcolony(line[1:]) != 0:
        sys.exit("The command has failed.")


def main() -> None:
    """Choose methods by a battery on one series, and compare them on all."""
    options = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    options.add_argument("--budget", default="40networks", help="of each search")
    options.add_argument("--seeds", type=int, default=3, help="how often each is run")
    options.add_argument("--rows", type=int, default=2000, help="of each series")
    options.add_argument("--series", nargs="+", choices=SERIES, default=[*SERIES])
    options.add_argument("--workers", type=int, default=2, help="how many runs at once")
    options.add_argument("--out", type=Path, default=Path("runs/battery_example"))
    given = options.parse_args()

    if given.out.exists():
        options.error(f"{given.out} exists already: choose another --out")
    given.out.mkdir(parents=True)
    files = [given.out / f"{name}.csv" for name in given.series]
    for name, file in zip(given.series, files, strict=True):
        SERIES[name](np.random.default_rng(0), given.rows).to_csv(file, index=False)

    how = ["--target", "y", "--budget", given.budget, "--workers", given.workers]
    run(
        "battery", BATTERY, files[0], *how, "--repeats", given.seeds, "--out", given.out / "battery"
    )

    # A battery leaves tables. A study leaves a directory that every command opens, and `compare`
    # takes any of them: here those of two methods, each on every series.
    studies = []
    for file in files:
        for method in ("taps", "ants"):
            studies.append(given.out / f"{file.stem}-{method}")
            run("search", file, "--method", method, "--rivals", "ridge", *how,
                "--seeds", given.seeds, "--out", studies[-1])  # fmt: skip
    run("compare", *studies, "--plot", given.out / "comparison.png")


if __name__ == "__main__":
    main()
