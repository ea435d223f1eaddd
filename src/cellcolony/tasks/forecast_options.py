"""The options of `Forecast.from_csv`, as a table of a file says them: of a battery, of a league."""

from __future__ import annotations

import glob
import os
from pathlib import Path
from typing import Annotated, Any

from cellcolony.settings import Words, plain, settings
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.settings import ForecastSettings, clock_of, names_of
from cellcolony.tasks.steps import horizon_of
from cellcolony.tasks.tables import CsvFormat

Texts = Annotated[str | tuple[str, ...], Words("a text or a list of texts")]
FILES = ("files", "valid", "test")
FORMAT = ("sep", "decimal", "encoding", "na", "thousands", "skip", "header")
SEVERAL = ("inputs", "ignore")


@settings
class ForecastOptions:
    """Options of `Forecast.from_csv`, with the training files under `files`."""

    files: Texts
    target: Texts
    valid: Texts | None = None
    test: Texts | None = None
    inputs: Texts | None = None
    ignore: Texts | None = None
    na: Texts | None = None
    scale: str | None = None
    time: Texts | None = None
    day_first: bool | None = None
    tz: str | None = None
    series: str | None = None
    every: str | None = None
    fill: str | None = None
    sep: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    thousands: str | None = None
    skip: int | tuple[int, ...] | None = None
    header: bool | None = None
    horizon: int | str | None = None
    holds_out_test: bool | None = None
    calendar: bool | None = None
    skip_short: bool | None = None
    meant: float | tuple[float, ...] | None = None

    def check(self) -> None:
        """Check what can be checked without the files.

        Raises:
            ConfigError: An option has a value that it cannot have.
        """
        given = plain(self)
        about = {key: given.pop(key) for key in FORMAT if key in given}
        CsvFormat(**about)
        for key in FILES:
            given.pop(key, None)
        if "time" in given:
            given["time"], given["clock"] = clock_of(given["time"])
        if isinstance(given.get("meant"), int | float):
            given["meant"] = (given["meant"],)
        if "horizon" in given:
            given["horizon"], given["first"] = horizon_of(given["horizon"])
        own = {key: names_of(given.pop(key)) for key in SEVERAL if key in given}
        ForecastSettings(names_of(given.pop("target")), **own, **given)

    def load(self, folder: Path, **usual: Any) -> Forecast:
        """Read the files.

        Args:
            folder: Where relative names and patterns start.
            **usual: Options for those that are not given.

        Raises:
            ConfigError: An option has a value that it cannot have.
            DataError: The data cannot be used.
        """
        given = {**usual, **plain(self)}
        names = {key: _starting_at(folder, given.pop(key)) for key in FILES if key in given}
        return Forecast.from_csv(names.pop("files"), **names, **given)


def _starting_at(folder: Path, names: str | list[str]) -> list[str]:
    start = "" if folder == Path() else glob.escape(str(folder))
    return [name if name.startswith("~") else os.path.join(start, name) for name in names_of(names)]
