"""What a run found: the best network, the front, and how they compare with their rivals."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cellcolony.config import RunConfig
from cellcolony.errors import RunError
from cellcolony.networks.genome import Network
from cellcolony.networks.train import predict
from cellcolony.runs.events import Champion
from cellcolony.runs.scores import ModelScore
from cellcolony.tasks.summary import Summary
from cellcolony.tasks.tables import Table
from cellcolony.tasks.transform import Transform


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        budget: The limits of the search.
        workers: How many candidates were trained at once.
        reason: Why the search ended, as the end of a sentence.
        interrupted: Whether the user stopped it.
        compile_seconds: Wall time of compiling, before the search.
        search_seconds: Wall time of the search.
        scoring_seconds: Wall time of the rivals and the scores, after the search.
    """

    budget: str
    workers: int
    reason: str
    interrupted: bool
    compile_seconds: float
    search_seconds: float
    scoring_seconds: float


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """A run, from memory or from its directory.

    Attributes:
        config: The settings of the search.
        data: What was understood of the data.
        transform: From a table's columns to a network's inputs, and back.
        front: The networks that no other beats in both size and validation loss, from small to
            large.
        scores: Of the front and, where the run ended, of the rivals, in own units.
        n_done: How many networks were judged, failures included.
        n_failed: How many of them failed.
        outcome: How the run ended; None for one that was killed, or still runs.
        path: The run directory; None where none was written.
    """

    config: RunConfig
    data: Summary
    transform: Transform
    front: tuple[Champion, ...]
    scores: tuple[ModelScore, ...]
    n_done: int
    n_failed: int
    outcome: Outcome | None
    path: Path | None

    def __repr__(self) -> str:
        best, where = self.chosen, f", {self.path}" if self.path is not None else ""
        return (
            f"<Result: network {best.number} of {self.n_done}, {best.network.n_weights} weights, "
            f"scaled validation MAE {best.loss:.4g}{where}>"
        )

    @property
    def chosen(self) -> Champion:
        """The champion of the lowest validation loss."""
        return self.front[-1]

    @property
    def best(self) -> Network:
        """The network of the lowest validation loss, with its trained weights."""
        return self.chosen.network

    @property
    def rivals(self) -> tuple[ModelScore, ...]:
        """The scores of the rivals, on the rows that the networks are scored on."""
        return tuple(score for score in self.scores if score.network is None)

    def predict(self, data: pd.DataFrame | Table, network: int | None = None) -> pd.DataFrame:
        """Forecast every row of a table that begins a series.

        Args:
            data: The input columns in any order, and the targets too under residual output; other
                columns are not looked at.
            network: The number of a network of the front; None for the best.

        Returns:
            The table's index, and a column for each target: row t holds the forecast of the target
            `transform.horizon` rows later, in its own units. The last rows forecast beyond the end.

        Raises:
            DataError: A column is missing, or a value is missing, text, infinite or too large.
            RunError: The front has no network of that number.
        """
        champion = self.chosen if network is None else self._champion(network)
        prepared = self.transform.prepare(data, bool(self.config.protocol["residual"]))
        outputs = predict(champion.network, np.ascontiguousarray(prepared.inputs))
        forecasts = self.transform.unscale(outputs, prepared.base)
        index = data.frame.index if isinstance(data, Table) else data.index
        return pd.DataFrame(forecasts, index=index, columns=list(self.transform.targets))

    def _champion(self, number: int) -> Champion:
        for champion in self.front:
            if champion.number == number:
                return champion
        known = ", ".join(str(champion.number) for champion in self.front)
        raise RunError(f"There is no network {number} on the front. Known are: {known}.")
