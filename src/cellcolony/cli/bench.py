"""`cellcolony bench`: how fast this machine trains networks."""

from __future__ import annotations

from cellcolony.cli.printing import print_text


def bench(*, quick: bool = False) -> None:
    """Measure how fast one thread of this machine trains networks; needs no file.

    Each row is a network: nanoseconds to train one step of a single sequence, as the published
    protocol does, and of many side by side, as the default does; beside each the share of what a
    core of this machine does at most; then how many times as fast many lanes are, and how many
    times as long eight draws of first weights take as one (`search --draws`).

    Args:
        quick: Look whether everything runs, in seconds; the numbers are rough.
    """
    from cellcolony.networks import speed

    n_steps, repeats = (400, 1) if quick else (14_400, 5)
    found = [*speed.rows(n_steps, repeats)]
    print_text(speed.page(found, speed.peak(repeats)))
