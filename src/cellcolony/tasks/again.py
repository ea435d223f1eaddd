"""Read the data of an earlier task again, from what its source says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellcolony.tasks.demo import demo_task
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.source import DemoSource, Source


def read_again(source: Mapping[str, Any]) -> Forecast:
    """Return the task whose source wrote this with `to_dict`.

    Raises:
        ConfigError: A value is missing, unknown or of another kind.
        DataError: The data cannot be used; its `findings` hold every fault with its place.
    """
    if DemoSource.KEY in source:
        return demo_task(DemoSource.from_dict(source).demo)
    return Forecast.from_source(Source.from_dict(source))
