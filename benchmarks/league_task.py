"""A series of the league as a task, for benchmarks that drive a search by themselves."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from cellcolony.tasks.forecast import Forecast


def league_task(name: str) -> Forecast:
    """Return a series of the league by its name; CELLCOLONY_DATA names the data.

    The process goes to the folder of the league, from which the paths of its files count.
    """
    league = Path(os.environ["CELLCOLONY_DATA"]) / "series" / "league.toml"
    table = tomllib.loads(league.read_text())[name]
    files = table.pop("files")
    os.chdir(league.parent)
    return Forecast.from_csv(files, table.pop("target"), **table)
