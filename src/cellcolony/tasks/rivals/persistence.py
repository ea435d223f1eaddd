"""Persistence: the future is as the present."""

from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast


@rivals.register("persistence")
def persistence(task: Forecast) -> rivals.Fitted:
    """Return the rival y(t + horizon) = y(t), without weights."""
    return rivals.Fitted(0, task.base)
