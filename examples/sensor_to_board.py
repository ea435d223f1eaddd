"""From a file of sensors to a forecast on a board, in C.

You learn how to search for a network, how to read its scores, how to forecast with intervals, and
how to take the network to a board: exported to C in floating and in fixed-point numbers, compiled,
and held against what `predict` gives.

    python examples/sensor_to_board.py                  # half a minute of search
    python examples/sensor_to_board.py --budget 5min    # a better network

The files are written to runs/sensor_to_board. Without a C compiler the last step is left out.
"""

import shutil
import subprocess
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path

import numpy as np
import pandas as pd

from cellcolony import Forecast, Result, evolve, preset
from cellcolony.export import export
from cellcolony.tasks.demo_series import vessel

# What runs on the board: a row of sensors comes in, a forecast goes out. A board would read its
# sensors where this reads standard input.
BOARD = r"""
#include <stdio.h>
#include "model.h"

int main(void)
{
    static model_state state; /* all that is remembered between two rows */
    float row[model_n_columns], out[model_n_targets];
    model_reset(&state);
    while (fread(row, sizeof row, 1, stdin) == 1) {
        model_step(&state, row, out);
        fwrite(out, sizeof out, 1, stdout);
    }
    return 0;
}
"""


def write_sensors(path: Path, n_rows: int) -> pd.DataFrame:
    """Write a file of four sensors on a heated vessel, a row a minute, and return what it holds."""
    sensors = vessel(np.random.default_rng(0), n_rows).round(4)
    minutes = pd.date_range("2026-01-01", periods=n_rows, freq="min")
    sensors.insert(0, "when", minutes.strftime("%Y-%m-%d %H:%M"))
    sensors.to_csv(path, index=False)
    return sensors


def search(path: Path, budget: str, out: Path) -> Result:
    """Search for a network that forecasts the outlet, and print how it compares."""
    # The last 15 % of the rows are the test. The board has no clock, so no hour of the day is read.
    task = Forecast.from_csv(path, "outlet", time="when", calendar=False)
    usual = preset("default")  # what `cellcolony search` does where it is told nothing else
    result = evolve(
        task, usual.method, budget, training=usual.training,
        rivals=("persistence", "ridge"), out=out,
    )  # fmt: skip
    print("Mean absolute error on rows that nothing was fitted to or chosen by:")
    for model in result.models:
        print(f"  {model.model:40} {model.value('test'):.4f}   {model.n_weights} weights")
    return result


def forecast(result: Result, sensors: pd.DataFrame) -> pd.DataFrame:
    """Forecast the last hours, with the range that nine of ten values are to lie in."""
    found = result.predict(sensors, interval=0.9)
    print("\nThe last forecasts; each is for the minute after its row:")
    print(found.join(sensors["when"]).set_index("when").tail(3).to_string())
    last = found.iloc[-len(found) // 10 : -1]
    came = sensors["outlet"].to_numpy()[-len(last) :]
    inside = np.mean((last["outlet_low"] <= came) & (came <= last["outlet_high"]))
    print(f"Of the last tenth of the rows {inside:.0%} lie in their interval.")
    return found


def on_the_board(result: Result, sensors: pd.DataFrame, precision: str, out: Path) -> np.ndarray:
    """Export the network to C, compile it, and let it forecast the rows one by one."""
    source, _ = export(result, precision, out / "model.c")  # and model.h beside it
    (out / "board.c").write_text(BOARD)
    program = out / "board"
    options = ["-std=c99", "-Wall", "-Werror", "-O2", "-o", str(program)]
    subprocess.run(["gcc", *options, str(out / "board.c"), str(source)], check=True)
    columns = list(result.stepper().columns)  # in the order that the header tells
    rows = sensors[columns].to_numpy(np.float32)
    told = subprocess.run(program, input=rows.tobytes(), stdout=subprocess.PIPE, check=True)
    return np.frombuffer(told.stdout, np.float32)


def main() -> None:
    """Go from the file to the board."""
    options = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    options.add_argument("--budget", default="30s", help="of the search, such as 5min")
    options.add_argument("--rows", type=int, default=4000, help="of the file")
    options.add_argument("--out", type=Path, default=Path("runs/sensor_to_board"))
    given = options.parse_args()

    if given.out.exists():
        options.error(f"{given.out} exists already: choose another --out")
    given.out.mkdir(parents=True)
    sensors = write_sensors(given.out / "vessel.csv", given.rows)
    result = search(given.out / "vessel.csv", given.budget, given.out / "run")
    expected = forecast(result, sensors)["outlet[t+1]"].to_numpy()

    if shutil.which("gcc") is None:
        print("\nThere is no gcc here, so nothing is compiled.")
        return
    print("\nOn the board, the largest difference from `predict`:")
    for precision in ("c", "c-int16"):
        folder = given.out / precision
        folder.mkdir()
        forecasts = on_the_board(result, sensors, precision, folder)
        print(f"  {precision:8} {np.abs(forecasts - expected).max():.7f}")


if __name__ == "__main__":
    main()
