"""Which columns matter: what the best network of a forecast loses without each of them.

Source: Breiman 2001 (shuffled columns); Friedman 2001 (partial responses).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, Any, ClassVar, NamedTuple

from annotated_types import Ge, Le

from cellcolony.contract import StopFlag
from cellcolony.networks.genome import Network
from cellcolony.networks.population import warm_up_population
from cellcolony.networks.warm_up import warm_up
from cellcolony.runs import directory
from cellcolony.runs.importance.measuring import measure
from cellcolony.runs.importance.reliance import (
    Reliance,
    importance_csv,
    kept_importance,
    to_keep,
)
from cellcolony.runs.importance.responses import (
    Response,
    kept_responses,
    responses,
    responses_csv,
)
from cellcolony.runs.importance.responses import to_keep as responses_to_keep
from cellcolony.runs.items import Item, carry_out, digest_of, kept_of, left_of
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.seeds import rng_for
from cellcolony.settings import Share, plain, settings
from cellcolony.tasks.forecast import Forecast


class Measured(NamedTuple):
    """What was measured of a network.

    Attributes:
        reliances: How much it relies on columns and lags.
        responses: What it forecasts where a column has one value throughout.
    """

    reliances: tuple[Reliance, ...]
    responses: tuple[Response, ...]


@STAGES.register("importance")
@settings
class ImportanceStage:
    """Measure on validation how far the best network relies on each column, and on its lags.

    Attributes:
        draws: How often each column is shuffled; less often where the data are long.
        tolerance: By what share the error may rise when columns are unplugged.
    """

    name: ClassVar[str] = "importance"
    task: ClassVar[str | None] = "forecast"

    draws: Annotated[int, Ge(1), Le(1_000)] = 5
    tolerance: Share = 0.005

    def run(self, session: Session) -> None:
        """Measure, where that is not done yet, and write `importance.csv` and `responses.csv`.

        Raises:
            KeyboardInterrupt: The user wants to leave.
        """
        items, network = self.items(session), session.best.network
        assert isinstance(session.task, Forecast)
        carry_out(
            session, self.name, f"Which columns {items[0].title} relies on", items,
            partial(begin_measuring, self, session.task, session.config.training.residual),
            _kept, executor="threads", prepare=lambda: _compile(network),
        )  # fmt: skip
        key = items[0].key
        found = kept_of(session, self.name, key, kept_importance)
        points = kept_of(session, self.name, key, kept_responses)
        files = {
            directory.IMPORTANCE: importance_csv(found).encode(),
            directory.RESPONSES: responses_csv(points).encode(),
        }
        session.keepsake = {**session.keepsake, **files}
        session.write(files)

    def left(self, session: Session) -> int:
        """Return 0 where the best network was measured, else 1."""
        return len(left_of(session, self.name, self.items(session))) if session.front else 1

    def items(self, session: Session) -> Sequence[Item]:
        """Return the one item that there is: it depends on the best network."""
        best, seed = session.best, session.config.seed
        title = f"network {best.number}"
        key = f"{title} {digest_of(plain(self), seed)}"
        return [Item(key, title, (best.network, seed, best.number))]


def begin_measuring(
    stage: ImportanceStage, task: Forecast, residual: bool, stop: StopFlag
) -> Callable[[tuple[Network, int, int]], Measured]:
    """Return, on a worker, what measures a network."""

    def work(wanted: tuple[Network, int, int]) -> Measured:
        network, seed, number = wanted
        found = measure(
            task, network, residual, rng_for(seed, number, "importance"),
            draws=stage.draws, tolerance=stage.tolerance, stop=stop,
        )  # fmt: skip
        return Measured(found, responses(task, network, residual, found, stop))

    return work


def _compile(network: Network) -> None:
    warm_up(node.cell for node in network.nodes if node.cell)
    warm_up_population()


def _kept(item: Item, found: Measured) -> tuple[Mapping[str, Any], str]:
    kept = {**to_keep(found.reliances), **responses_to_keep(found.responses)}
    return kept, f"What {item.title} relies on is measured."
