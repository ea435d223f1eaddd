"""Numbers of a league as people are shown them: multiples, and differences in percent."""

from __future__ import annotations


def percent(share: float) -> str:
    """Return a share as "+3.1 %"."""
    return f"{100 * share:+.1f} %" if abs(share) < 10 else f"{100 * share:+.3g} %"


def multiple(value: float) -> str:
    """Return a multiple as "1.034", and large ones with fewer digits."""
    return f"{value:.3f}" if value < 100 else f"{value:.3g}"
