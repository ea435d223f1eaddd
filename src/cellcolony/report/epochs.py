"""An epoch of a language model's training, as a line of text."""

from __future__ import annotations

from cellcolony.layers.epoch import Epoch, perplexity
from cellcolony.wording import duration, printable


def epoch_line(epoch: Epoch, n_epochs: int, is_best: bool) -> str:
    """Return what a log says of an epoch.

    Args:
        epoch: The epoch.
        n_epochs: How many epochs there are in all.
        is_best: Whether it has the lowest validation loss so far; a star says so.
    """
    place = f"epoch {epoch.number + 1:>{len(str(n_epochs))}}/{n_epochs}"
    if epoch.failure is not None:
        return f"{place}  failed: {printable(epoch.failure)}"
    speed = epoch.n_tokens / max(epoch.seconds, 1e-9)
    return (
        f"{place}  rate {epoch.rate:<8.4g} perplexity: train {perplexity(epoch.train_loss):8.2f}  "
        f"valid {epoch.perplexity:8.2f}{' *' if is_best else '  '}  {duration(epoch.seconds)}, "
        f"{speed:,.0f} tokens a second"
    )
