"""One Python source file that needs NumPy alone; it forecasts rows, or a CSV file."""

from __future__ import annotations

from cellcolony.export import EXPORTS, Format, source
from cellcolony.export.contents import contents
from cellcolony.export.exportable import ForecastNetwork


def network_source(it: ForecastNetwork, name: str) -> dict[str, str | bytes]:
    """Return one Python file that needs NumPy alone."""
    parts = contents(it.network, it.transform, it.residual)
    return {".py": source.network_source(parts, name, "python", interval=it.interval)}


EXPORTS.register("numpy")(
    Format(
        ".py",
        "One Python file that needs NumPy alone.",
        {ForecastNetwork: network_source},
        has_intervals=True,
    )
)
