"""An export format: how many weights a network has, as a text file."""

from cellcolony.export import EXPORTS, Format
from cellcolony.export.exportable import ForecastNetwork


def sizes(what: ForecastNetwork, name: str) -> dict[str, str]:
    """Return the file."""
    return {".txt": f"{name}: {what.network.n_weights} weights\n"}


EXPORTS.register("sizes")(Format(".txt", "The size of a network.", {ForecastNetwork: sizes}))
