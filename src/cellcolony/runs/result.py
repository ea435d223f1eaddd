"""What a study found: the best candidate, the front, and how it compares with its rivals."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from cellcolony.contract import Genome, Measure
from cellcolony.errors import RunError
from cellcolony.layers.trained import Trained
from cellcolony.networks.genome import Network
from cellcolony.runs import directory
from cellcolony.runs.beyond import Feed, forecast_beyond
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.conformal.adaptive import check_level
from cellcolony.runs.conformal.residuals import Calibration, read_residuals
from cellcolony.runs.directory import ENSEMBLE, Outcome
from cellcolony.runs.ensemble import Ensemble, Which
from cellcolony.runs.forecasting import Asked, forecast_rows
from cellcolony.runs.genomes import Champion
from cellcolony.runs.grid_file import Tried, read_grid
from cellcolony.runs.history import History
from cellcolony.runs.importance.reliance import SHUFFLED, Reliance, read_importance
from cellcolony.runs.importance.responses import Response, read_responses
from cellcolony.runs.live import LiveStepper
from cellcolony.runs.predictions import ScoredSeries, read_predictions
from cellcolony.runs.scores import Contender, Score, contenders, finalist_of
from cellcolony.store.reading import LARGEST_ARRAYS, read
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.tasks.summary import Summary
from cellcolony.tasks.tables import Table
from cellcolony.tasks.transform import Transform

if TYPE_CHECKING:
    from cellcolony.layers.model import LanguageModel

T = TypeVar("T")


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """A study, from memory or from its directory.

    Attributes:
        config: Its configuration.
        front: The candidates that no other beats in both size and validation loss, from small to
            large; none where one model was trained without a search.
        scores: Of the front and, where the study has ended, of all that was compared.
        n_done: How many candidates were judged, failures included.
        n_failed: How many of them failed.
        outcome: How the study ended; None for one that was killed, or still runs.
        path: The run directory; None where none was written.
        tested: What the best network predicted on the test split; None where that was not read: see
            `test_predictions`.
        keepsake: What the method has learned, and what is kept of the data, as files by their
            names, where they were not written.
        trained: Final trainings that were not written, by the names of their folders.
        ensemble: The networks of the search whose mean forecast is best on validation, as one
            network; None where the study has chosen none. It may have one member.
        finalist: The candidate that final trainings have chosen, where it is not on the front and
            no journal was written.
    """

    config: StudyConfig
    front: tuple[Champion, ...]
    scores: tuple[Score, ...]
    n_done: int
    n_failed: int
    outcome: Outcome | None
    path: Path | None
    tested: tuple[ScoredSeries, ...] | None = None
    keepsake: Mapping[str, bytes] = field(default_factory=dict)
    trained: Mapping[str, Trained] = field(default_factory=dict)
    ensemble: Ensemble | None = None
    finalist: Champion | None = None

    def __repr__(self) -> str:
        where = f", {self.path}" if self.path is not None else ""
        if not self.front:
            return f"<Result: {self.config.facts.title}{where}>"
        best = self.chosen
        return (
            f"<Result: {self.noun} {best.number} of {self.n_done}, size {best.size}, validation "
            f"loss {best.loss:.4g}{where}>"
        )

    @property
    def facts(self) -> Any:
        """What is known of the data."""
        return self.config.facts

    @property
    def measure(self) -> Measure:
        """What models are compared by."""
        return self.config.task_class.measure

    @property
    def noun(self) -> str:
        """What a candidate is called: "network", "node"."""
        return self.front[-1].noun if self.front else "model"

    @cached_property
    def chosen(self) -> Champion:
        """The candidate of the lowest validation loss, or the one that final trainings have chosen.

        Where several of the best take part in these, it need not be on the front.

        Raises:
            RunError: The study had no search, or a file of the run directory is broken.
        """
        if not self.front:
            raise RunError(f"{self.path or 'The study'} trained one model, and searched for none.")
        number = finalist_of(self.scores)
        if number is None:
            return self.front[-1]
        return next((one for one in self.front if one.number == number), None) or self._off(number)

    def _off(self, number: int) -> Champion:
        """Return a trained candidate that is not on the front."""
        if self.finalist is not None and self.finalist.number == number:
            return self.finalist
        judged = self.history.verdict(number)
        if judged.loss is None:
            raise RunError(
                f"{self.path}: {directory.SCORES} has a final training of candidate {number}, "
                "which was not trained by the search."
            )
        return Champion(
            number, self.genome(number), judged.loss, judged.seconds, own_epochs=judged.n_epochs,
            rate=judged.rate,
        )  # fmt: skip

    @property
    def best(self) -> Any:
        """The genome of `chosen`: a network with its weights, or a tree."""
        return self.chosen.genome

    def champion(self, number: int | None = None) -> Champion:
        """Return a candidate of the front by its number; None for the best.

        Raises:
            RunError: The front has none of that number.
        """
        if number is None:
            return self.chosen
        for champion in self.front:
            if champion.number == number:
                return champion
        known = ", ".join(str(champion.number) for champion in self.front)
        raise RunError(f"There is no {self.noun} {number} on the front. Known are: {known}.")

    def found(self, which: Which = None) -> Champion | Ensemble:
        """Return a candidate of the front by its number, the ensemble, or None for the best.

        Raises:
            RunError: The front has none of that number, or the study has no ensemble.
        """
        if which != ENSEMBLE:
            return self.champion(which)
        if self.ensemble is None:
            known = ", ".join(str(champion.number) for champion in self.front)
            cure = f"Choose a {self.noun} of the front by its number: {known}."
            if self.config.stage("ensemble") is not None:
                cure = f"It is chosen after the search: see `cellcolony resume`. {cure}"
            raise RunError(f"{self.path or 'The study'} has no ensemble. {cure}")
        return self.ensemble

    @cached_property
    def models(self) -> tuple[Contender, ...]:
        """Who was compared: the evolved model first, then its ensemble, control and rivals."""
        chosen = self.chosen.number if self.front else None
        return contenders(self.scores, chosen, self.measure)

    @property
    def rivals(self) -> tuple[Score, ...]:
        """The scores of all models but those of the front."""
        return tuple(score for score in self.scores if score.role in ("rival", "control"))

    def error(self, split: str) -> float | None:
        """Return the measure of the study's own model: the mean over targets and seeds."""
        return self.models[0].value(split) if self.models else None

    @cached_property
    def history(self) -> History:
        """Every candidate and every item of a stage, from the journal.

        Raises:
            RunError: The study has no directory, or its journal is broken.
        """
        if self.path is None:
            raise RunError("This study wrote no journal: give it a directory (out=...).")
        return History.of(self.path / directory.JOURNAL)

    def genome(self, number: int) -> Genome:
        """Return the genome of any candidate, as it was asked."""
        return self.history.genome(number, self.config.genome)

    def final(self, model: str, seed: int | None = None) -> Trained:
        """Return a final training with its weights.

        Args:
            model: What the model is called: "evolved node", "lstm".
            seed: Its seed; None for the first.

        Raises:
            RunError: There is none, or its files are damaged.
        """
        from cellcolony.runs.finals_found import folder_of, read_final

        return read_final(self, folder_of(self, model, seed))

    def module(self, model: str | None = None, seed: int | None = None) -> LanguageModel:
        """Return a trained language model as a `torch.nn.Module`, to go on with in torch.

        `module(words)` takes `(time, batch)` numbers of words of the task's vocabulary, and returns
        what enters the softmax, and the state after; `module.log_probabilities` turns the former
        into log p of every word that may come next.

        Args:
            model: What the model is called: "evolved node", "lstm"; None for the best by
                validation.
            seed: The seed of its final training; None for the first.

        Raises:
            ConfigError: Torch is missing.
            RunError: The study trains no language models, has no such one, or it has no weights
                yet.
        """
        from cellcolony.runs.trained_model import trained_model

        return trained_model(self, model, seed).module()

    def kept(self, name: str) -> bytes | None:
        """Return a file of what the method has learned, or of the data; None where there is none.

        Raises:
            RunError: It cannot be read.
        """
        if name in self.keepsake:
            return self.keepsake[name]
        path = None if self.path is None else self.path / name
        if self.path is None or path is None or not path.exists():
            return None
        return read(self.path, path, LARGEST_ARRAYS)

    def _kept_as(
        self, nothing: T, name: str, read_content: Callable[..., T], *context: object
    ) -> T:
        """Return what a kept file says, by `read_content(content, where, *context)`."""
        content = self.kept(name)
        where = str((self.path or Path()) / name)
        return nothing if content is None else read_content(content, where, *context)

    @cached_property
    def grid(self) -> tuple[Tried, ...]:
        """The trainings of a grid of settings, model by model; nothing where there is no grid.

        Raises:
            RunError: The file of the run directory is broken.
        """
        return self._kept_as((), directory.GRID, read_grid)

    # A forecast's own

    def _forecast(self, what: str) -> ForecastFacts:
        facts = self.config.facts
        if not isinstance(facts, ForecastFacts):
            where = "" if self.path is None else f"{self.path}: "
            raise RunError(
                f"{where}`{what}` needs a study that forecasts columns, and this one is a "
                f"{self.config.task['kind']} study."
            )
        return facts

    @property
    def data(self) -> Summary:
        """What was understood of a forecast's data."""
        return self._forecast("data").summary

    @property
    def transform(self) -> Transform:
        """From a table's columns to a network's inputs, and back."""
        return self._forecast("transform").transform

    def predict(
        self, data: pd.DataFrame | Table, network: Which = None, interval: float | None = None
    ) -> pd.DataFrame:
        """Forecast every row of a table that begins a series.

        Args:
            data: The input columns in any order, and the targets too under residual output; other
                columns are not looked at.
            network: The number of a network of the front, or "ensemble"; None for the best.
            interval: The share of what comes that is to lie between the columns `y_low` and
                `y_high`, such as 0.9: see `runs/conformal/adaptive.py`. Where the table holds the
                targets, intervals follow the recent error. None for no interval.

        Returns:
            The table's index, and for each target `y` a column `y[t+1]`: row t holds the forecast
            of `y` 1 row later, or as many as `transform.horizon` says, in its own units. The last
            rows forecast beyond the end.

        Warns:
            TrainingRangeWarning: A column that the network reads leaves the range of the training
                rows.

        Raises:
            ConfigError: `interval` is not between 0 and 1.
            DataError: A column is missing, or a value is missing, text, infinite or too large.
            RunError: The study is no forecast, has no such network, or keeps too few errors on
                validation for the interval.
        """
        transform = self._forecast("predict").transform
        chosen: Network = self.found(network).network
        asked = None if interval is None else self.asked(interval, network)
        relied, residual = partial(self._relied_on, chosen), self.config.training.residual
        return forecast_rows(chosen, transform, residual, data, relied, asked)

    def forecast(
        self, data: pd.DataFrame | Table, steps: int, network: Which = None,
        known: Sequence[str] = (), interval: float | None = None,
    ) -> pd.DataFrame:  # fmt: skip
        """Forecast the rows that follow a table, by feeding predictions back.

        Args:
            data: The rows so far, as for `predict`; every input must be a target, of the calendar,
                or known. Of several series each goes on.
            steps: How many rows to forecast, as many as wanted beyond the horizon.
            network: The number of a network of the front, or "ensemble"; None for the best.
            known: Inputs whose values are known beforehand: they stand in the rows behind the last
                one that has all targets.
            interval: As for `predict`; they grow with the steps as the errors on validation do.

        Returns:
            A line for each row that follows, with a column for each target in its own units; before
            them stand the series and the time of the line, in columns of those names, where the
            study was trained with such. The index counts on from the rows of the table, or of the
            series.

        Warns:
            TrainingRangeWarning: As `predict` does.

        Raises:
            ConfigError: `steps` is less than 1, or an input is neither a target nor of the
                calendar nor known.
            DataError: A column is missing, a value is missing, text, infinite or too large, or too
                few values of what is known stand behind the last row.
            RunError: The study is no forecast, has no such network, or the forecasts leave the
                range of numbers.
        """
        transform = self._forecast("forecast").transform
        chosen: Network = self.found(network).network
        feed = Feed(chosen, transform, self.config.training.residual)
        asked = None if interval is None else self.asked(interval, network)
        return forecast_beyond(feed, data, steps, known, partial(self._relied_on, chosen), asked)

    def stepper(self, network: Which = None) -> LiveStepper:
        """Return what forecasts row by row, as rows come: see `runs/live.py`.

        Args:
            network: The number of a network of the front, or "ensemble"; None for the best.

        Raises:
            ConfigError: Gaps of the training rows were filled from rows after them.
            RunError: The study is no forecast, or has no such network.
        """
        transform = self._forecast("stepper").transform
        chosen: Network = self.found(network).network
        relied = partial(self._relied_on, chosen)
        return LiveStepper(chosen, transform, self.config.training.residual, relied)

    @cached_property
    def importance(self) -> tuple[Reliance, ...]:
        """What the best network relies on: see `runs/importance/`; nothing before that is measured.

        Raises:
            RunError: The study is no forecast, or the file of the run directory is broken.
        """
        inputs = self._forecast("importance").transform.inputs
        return self._kept_as((), directory.IMPORTANCE, read_importance, inputs)

    @cached_property
    def calibrations(self) -> dict[str, Calibration]:
        """The errors on validation of the front's networks by number, and of the "ensemble".

        Nothing before a study's end.

        Raises:
            RunError: The study is no forecast, or the file of the run directory is broken.
        """
        transform = self._forecast("calibrations").transform
        sizes = len(transform.outputs), len(transform.targets)
        return self._kept_as({}, directory.RESIDUALS, read_residuals, *sizes)

    def calibration(self, network: Which = None) -> Calibration | None:
        """Return the errors on validation of a network; None where the study keeps none."""
        found = self.found(network)
        if isinstance(found, Champion):
            return self.calibrations.get(str(found.number))
        alone = str(found.members[0].candidate)
        return self.calibrations.get(ENSEMBLE if len(found.members) > 1 else alone)

    def asked(self, interval: float, network: Which = None) -> Asked:
        """Return what intervals of a network are made from.

        Args:
            interval: The share of what comes that is to lie within.
            network: As for `predict`.

        Raises:
            ConfigError: `interval` is not between 0 and 1.
            RunError: The study is no forecast, has no such network, or keeps too few errors on
                validation.
        """
        check_level(interval)
        found = self.calibration(network)
        if found is None:
            where = "" if self.path is None else f"{self.path}: "
            raise RunError(
                f"{where}the errors on validation, from which intervals are made, are not kept. "
                "They are at the end of a forecast, but not by earlier versions of the program. "
                "Resume the study if it has not ended; else give it a larger --budget, or search "
                "again."
            )
        found.check(interval)
        return Asked(interval, found, self.data.history)

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """What the best network forecasts where a column has one value throughout.

        See `runs/importance/responses.py`; nothing before that is measured.

        Raises:
            RunError: The study is no forecast, or the file of the run directory is broken.
        """
        facts = self._forecast("responses")
        columns = facts.transform.inputs, facts.targets
        return self._kept_as((), directory.RESPONSES, read_responses, *columns)

    def _relied_on(self, network: Network) -> dict[str, float]:
        """Return by what share the error rises when a column is shuffled, as far as is known."""
        found = self.importance if network is self.best else ()
        return {
            one.column: one.relative
            for one in found
            if one.kind == SHUFFLED and one.relative is not None
        }

    def test_predictions(self) -> tuple[ScoredSeries, ...]:
        """Return what the best network predicted on the test split; nothing before a study's end.

        Raises:
            RunError: The study is no forecast, or the file of the run directory is broken.
        """
        targets = self._forecast("test_predictions").targets
        if self.tested is not None:
            return self.tested
        path = None if self.path is None else self.path / directory.PREDICTIONS
        if path is None or not path.exists():
            return ()
        series = read_predictions(path)
        if any(one.truth.shape[1] != len(targets) for one in series):
            raise RunError(
                f"{path}: there must be {len(targets)} targets in it, as in {directory.CONFIG}."
            )
        return series
