"""C99: one source file and one header, without allocation and without a library."""

from __future__ import annotations

from cellcolony.export import EXPORTS, Format
from cellcolony.export.c import costs, int16
from cellcolony.export.c.source import network_c
from cellcolony.export.exportable import ForecastNetwork

EXPORTS.register("c")(
    Format(
        ".c", "One C99 file and one header, which need no library.",
        {ForecastNetwork: network_c}, costs.tell, has_intervals=True,
    )
)  # fmt: skip
EXPORTS.register("c-int16")(
    Format(
        ".c", "The same in 16-bit fixed-point numbers, with what that costs in accuracy.",
        {ForecastNetwork: int16.network_int16}, int16.tell, has_intervals=True,
    )
)  # fmt: skip
