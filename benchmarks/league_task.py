"""A series of the league as a task, for benchmarks that drive a search by themselves."""

from __future__ import annotations

import os
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from cellcolony.tasks.forecast import Forecast


def league_task(name: str, share: float = 1.0) -> Forecast:
    """Return a series of the league by its name; CELLCOLONY_DATA names the data.

    The process goes to the folder of the league, from which the paths of its files count.

    Args:
        name: Its name in league.toml.
        share: So much of its rows, from the first on; less than all only where it is one file.
    """
    league = Path(os.environ["CELLCOLONY_DATA"]) / "series" / "league.toml"
    table = tomllib.loads(league.read_text())[name]
    files = table.pop("files")
    os.chdir(league.parent)
    if share < 1:
        return _shortened(Path(files), share, table)
    return Forecast.from_csv(files, table.pop("target"), **table)


def _shortened(file: Path, share: float, table: dict[str, Any]) -> Forecast:
    header, *rows = file.read_text().splitlines(keepends=True)
    with tempfile.TemporaryDirectory() as folder:
        shorter = Path(folder) / file.name
        shorter.write_text("".join([header, *rows[: round(share * len(rows))]]))
        return Forecast.from_csv(shorter, table.pop("target"), **table)
