"""Whether a search that has ended is over, or would go on."""

from __future__ import annotations

from cellcolony.runs.budget import Budget
from cellcolony.runs.events import NothingLeft
from cellcolony.runs.failing import MOST_FAILED, will_stop
from cellcolony.runs.ledger import Order
from cellcolony.runs.restoring import Restored


def why_spent(
    restored: Restored, budget: Budget, order: Order, most_failed: float = MOST_FAILED
) -> NothingLeft | None:
    """Say why a search that has ended is over; None where it is not.

    Args:
        restored: The run as it stood.
        budget: When its search is to end.
        order: How results are told to it.
        most_failed: The share of failures beyond which it is given up.
    """
    ledger = restored.ledger
    if failing := will_stop(ledger, order, most_failed):
        return NothingLeft(failing, is_final=True)
    losses = [champion.loss for champion in restored.books.front]
    losses += [evaluation.loss for evaluation in ledger.arrived.values()]
    if any(map(budget.is_met_by, losses)):
        return NothingLeft(f"a loss below {budget.loss:g} was reached")
    if budget.seconds_left(restored.seconds) == 0:
        return NothingLeft(f"its time was up after {restored.seconds:.1f} s")
    if ledger.n_asked >= budget.most_networks and not ledger.unjudged:
        return NothingLeft(f"{restored.books.n_done} candidates are done")
    return None
