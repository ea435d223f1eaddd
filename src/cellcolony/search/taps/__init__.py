"""Layers of memory cells behind taps: raced, varied, screened, pruned and taught [ours].

A network is a *blueprint*: hidden layers of one cell each, the *taps* (column, lag) that the first
of them reads, and taps that the outputs read directly. The *openers* are what a careful user would
train by hand; from then on a *guide* proposes. Who is good goes on to the next *rung* of the
*race* and is trained longer; the best are *screened* for columns that they can do without,
*pruned* to several sizes, and *taught* by the mean of several.
"""

from typing import Any

from cellcolony.search.methods import METHODS, Method, register_guided
from cellcolony.search.taps.search import TapRace
from cellcolony.search.taps.settings import RandomTaps, Taps, UnguidedTaps


def _view(task: Any, training: Any) -> dict[str, Any]:
    """Return what linear regression says of a forecast, as a run keeps it."""
    from cellcolony.search.taps.view import linear_view  # which brings all of SciPy's algebra
    from cellcolony.tasks.linear_view import to_dict

    return {"linear": to_dict(linear_view(task, training.residual))}


METHODS.register("taps")(
    Method(
        settings=Taps,
        genome="network",
        start=TapRace.start,
        restore=TapRace.from_state,
        begin_with=TapRace.begin_with,
        summary="Layers of memory cells behind taps: raced, varied, screened, pruned and taught.",
        source="ours, after Waibel et al. 1989; Chen, Billings & Luo 1989; Li et al. 2020; "
        "Han et al. 2015",
        title="taps",
        uneven=True,
        efforts=lambda settings: settings.efforts,
        cells=lambda settings: settings.cells,
        view=_view,
    )
)
register_guided(
    "random-taps",
    "taps",
    RandomTaps,
    "The same race, every network drawn evenly: a control of taps.",
)
register_guided(
    "off-taps",
    "taps",
    UnguidedTaps,
    "The same race among the openers alone: taps with the search off.",
)

__all__ = ["RandomTaps", "TapRace", "Taps", "UnguidedTaps"]
