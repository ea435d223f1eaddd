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
from cellcolony.runs.colony import ants_of, read_colony
from cellcolony.runs.directory import COLONY, CONFIG, PREDICTIONS
from cellcolony.runs.events import Champion
from cellcolony.runs.feedback import forecast_beyond
from cellcolony.runs.predictions import ScoredSeries, read_predictions
from cellcolony.runs.scores import ModelScore
from cellcolony.search.ants.colony import Colony
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
        rival_epochs: How many epochs network rivals were trained; 0 where there are none.
        against_networks: How many networks random search drew; 0 where it was not asked for.
        against_seconds: Wall time of random search.
    """

    budget: str
    workers: int
    reason: str
    interrupted: bool
    compile_seconds: float
    search_seconds: float
    scoring_seconds: float
    rival_epochs: int = 0
    against_networks: int = 0
    against_seconds: float = 0.0


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
        tested: What the best network predicted on the test split; None where that was not read, or
            the run has not ended: see `test_predictions`.
        kept: What the ants had learned at the end; None where that was not read, or there were no
            ants: see `colony`.
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
    tested: tuple[ScoredSeries, ...] | None = None
    kept: Colony | None = None

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
        champion = self.champion(network)
        prepared = self.transform.prepare(data, bool(self.config.protocol["residual"]))
        outputs = predict(champion.network, np.ascontiguousarray(prepared.inputs))
        forecasts = self.transform.unscale(outputs, prepared.base)
        index = data.frame.index if isinstance(data, Table) else data.index
        return pd.DataFrame(forecasts, index=index, columns=list(self.transform.targets))

    def forecast(
        self, data: pd.DataFrame | Table, steps: int, network: int | None = None
    ) -> pd.DataFrame:
        """Forecast the rows that follow a table, by feeding predictions back.

        Args:
            data: The rows so far, as for `predict`; every input must be a target.
            steps: How many rows to forecast, as many as wanted beyond the horizon.
            network: The number of a network of the front; None for the best.

        Returns:
            A column for each target in its own units; the index counts on from the table's rows.

        Raises:
            ConfigError: `steps` is less than 1, or an input is no target.
            DataError: A column is missing, or a value is missing, text, infinite or too large.
            RunError: The front has no network of that number, or the forecasts leave the range of
                numbers.
        """
        residual = bool(self.config.protocol["residual"])
        chosen = self.champion(network).network
        forecasts = forecast_beyond(chosen, self.transform, residual, data, steps)
        n_rows = len(data.frame) if isinstance(data, Table) else len(data)
        index = pd.RangeIndex(n_rows, n_rows + steps)
        return pd.DataFrame(forecasts, index=index, columns=list(self.transform.targets))

    def test_predictions(self) -> tuple[ScoredSeries, ...]:
        """Return what the best network predicted on the test split; nothing before a run's end.

        Raises:
            RunError: The file of the run directory is broken.
        """
        if self.tested is not None:
            return self.tested
        path = None if self.path is None else self.path / PREDICTIONS
        if path is None or not path.exists():
            return ()
        series, n_targets = read_predictions(path), len(self.transform.targets)
        if any(one.truth.shape[1] != n_targets for one in series):
            raise RunError(f"{path}: there must be {n_targets} targets in it, as in {CONFIG}.")
        return series

    @property
    def has_colony(self) -> bool:
        """Whether the ants left a colony that `colony` may give back."""
        return self.kept is not None or (self.path is not None and (self.path / COLONY).exists())

    def colony(self) -> Colony:
        """Return what the ants had learned when the search ended: pheromone and weights.

        Raises:
            RunError: There is no colony: no ants searched, the search has not ended, or an older
                program wrote the run; or its file is damaged.
        """
        if self.kept is not None:
            return self.kept
        if self.path is None:
            ants_of(self.config)
            raise RunError("The run has no colony, and no directory that may hold one.")
        return read_colony(self.path, self.config)

    def champion(self, number: int | None = None) -> Champion:
        """Return a network of the front by its number; None for the best.

        Raises:
            RunError: The front has none of that number.
        """
        if number is None:
            return self.chosen
        for champion in self.front:
            if champion.number == number:
                return champion
        known = ", ".join(str(champion.number) for champion in self.front)
        raise RunError(f"There is no network {number} on the front. Known are: {known}.")
