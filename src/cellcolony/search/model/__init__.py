"""No search: one language model of given cells, which the stage of final trainings trains.

`trials.py` is random search over how a cell of the library is trained, for a rival that is tuned.
"""

from cellcolony.search.methods import METHODS, Method
from cellcolony.search.model.settings import FixedModel, NoSearch

METHODS.register("model")(
    Method(
        settings=FixedModel,
        genome="cell",
        start=lambda settings, problem, rng: NoSearch(),
        restore=lambda settings, problem, state: NoSearch(),
        summary="No search: one language model of given cells.",
        source="ours",
    )
)
__all__ = ["FixedModel", "NoSearch"]
