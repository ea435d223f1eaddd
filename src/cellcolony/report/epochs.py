"""Show how a training goes: a line an epoch, and a bar within it on a terminal."""

from __future__ import annotations

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from cellcolony.layers.architecture import Architecture
from cellcolony.layers.epoch import Epoch, perplexity
from cellcolony.runs.language.config import LanguageConfig
from cellcolony.wording import count, duration, printable


class EpochLines:
    """Watches a training; use it in a `with` block.

    Args:
        console: Where to; standard error without.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, markup=False, highlight=False, emoji=False)
        shown = self._console.is_terminal and not self._console.is_dumb_terminal
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not shown,
        )
        self._task: TaskID | None = None
        self._n_epochs = 0

    def __enter__(self) -> EpochLines:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def began(self, config: LanguageConfig, architecture: Architecture, n_done: int) -> None:
        """Say what is trained."""
        self._n_epochs = config.schedule.epochs
        layers = count(len(architecture.layers), "layer")
        again = f", {count(n_done, 'epoch')} done before" if n_done else ""
        self._print(
            f"Training {config.cells}, {layers} of {config.model.hidden} units, "
            f"{architecture.n_weights:,} weights, {count(self._n_epochs, 'epoch')}, "
            f"seed {config.seed}{again}"
        )
        self._task = self._bar.add_task(f"epoch {n_done + 1}/{self._n_epochs}", total=1.0)

    def share(self, done: float) -> None:
        """Move the bar."""
        if self._task is not None:
            self._bar.update(self._task, completed=done)

    def epoch(self, epoch: Epoch, is_best: bool) -> None:
        """Write the epoch's line."""
        self._print(epoch_line(epoch, self._n_epochs, is_best))
        if self._task is not None:
            self._bar.update(
                self._task, completed=0.0, description=f"epoch {epoch.number + 2}/{self._n_epochs}"
            )

    def nothing_left(self, reason: str) -> None:
        """Say why nothing is trained."""
        self._print(f"Nothing is left to do: {printable(reason)}.")

    def _print(self, line: str) -> None:
        self._console.print(line, soft_wrap=True)


def epoch_line(epoch: Epoch, n_epochs: int, is_best: bool) -> str:
    """Return what a log says of an epoch."""
    place = f"epoch {epoch.number + 1:>{len(str(n_epochs))}}/{n_epochs}"
    if epoch.failure is not None:
        return f"{place}  failed: {printable(epoch.failure)}"
    speed = epoch.n_tokens / max(epoch.seconds, 1e-9)
    return (
        f"{place}  rate {epoch.rate:<8.4g} perplexity: train {perplexity(epoch.train_loss):8.2f}  "
        f"valid {epoch.perplexity:8.2f}{' *' if is_best else '  '}  {duration(epoch.seconds)}, "
        f"{speed:,.0f} tokens a second"
    )
