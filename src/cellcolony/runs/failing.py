"""When too many candidates fail for a search to be worth its time, and what may help."""

from __future__ import annotations

from collections import Counter

from cellcolony.runs.ledger import Ledger, Order

LEAST_TOLD = 20
"""So many are waited for before the share of failures counts."""
ADVICE = (
    ("the training diverged", "lower the learning rate, or look for extreme values in the data"),
    ("its validation loss", "lower the learning rate, or look for extreme values in the data"),
    ("it took more than", "raise --candidate-seconds, or let networks be smaller (--n-ants)"),
    ("it needs more than", "raise --candidate-steps"),
    ("it did not end", "raise --candidate-seconds, or let networks be smaller (--n-ants)"),
    ("it needs more memory", "train fewer at once (--workers), or shorten the protocol's windows"),
    ("its process died", "train fewer at once (--workers): the machine may lack memory"),
)
"""How the reason of a failure begins, and what to do about it."""


MOST_FAILED = 0.5
"""The share of failures beyond which a search is given up."""


def why_stop(n_told: int, failures: Counter[str], most_failed: float = MOST_FAILED) -> str | None:
    """Say why a search is given up, too many of whose candidates have failed.

    Args:
        n_told: How many evaluations it was told.
        failures: How many of them failed, by reason.
        most_failed: The largest share of failures that is borne.

    Returns:
        The end of a sentence, with advice; None where the search may go on.
    """
    n_failed = failures.total()
    if n_told < LEAST_TOLD or n_failed <= most_failed * n_told:
        return None
    return f"{n_failed} of {n_told} candidates failed: {told_reasons(failures)}"


def will_stop(ledger: Ledger, order: Order, most_failed: float = MOST_FAILED) -> str | None:
    """Say why a search is going to be given up by what has arrived; None where it is not."""
    n_told, failures = ledger.n_told, Counter(ledger.failures)
    why = why_stop(n_told, failures, most_failed)
    for evaluation in ledger.tellable(order):
        if why is not None:
            break
        n_told += 1
        if evaluation.failure is not None:
            failures[evaluation.failure] += 1
        why = why_stop(n_told, failures, most_failed)
    return why


def told_reasons(failures: Counter[str]) -> str:
    """Name the most frequent reasons of failures, and what may help against the first."""
    if not failures:
        return "none was done"
    common = failures.most_common(3)
    reasons = "; ".join(f"{reason} ({n} times)" for reason, n in common)
    first = common[0][0]
    advice = next((text for begin, text in ADVICE if first.startswith(begin)), None)
    return reasons if advice is None else f"{reasons}. What may help: {advice}"
