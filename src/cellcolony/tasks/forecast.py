"""Forecast columns of a table some rows ahead, and score the forecasts honestly."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cellcolony.contract import Measure, Training
from cellcolony.errors import ConfigError
from cellcolony.judges.training.networks import begin_for_forecast, fitted_to
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import PROTOCOLS, Protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import predict_each, warm_up
from cellcolony.seeds import rng_for
from cellcolony.tasks import TASKS, Files
from cellcolony.tasks.checks import Checked, check_tables, training_rows
from cellcolony.tasks.columns import Columns
from cellcolony.tasks.demo_series import TARGET, vessel
from cellcolony.tasks.findings import Findings
from cellcolony.tasks.fingerprint import fingerprint
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.tasks.lags import SHORT_MENU, LagMenu
from cellcolony.tasks.patterns import PathLike, check_disjoint, expand
from cellcolony.tasks.recording import Recording
from cellcolony.tasks.scaling import fit_scaling, scaled_inputs
from cellcolony.tasks.scores import Errors, score
from cellcolony.tasks.settings import ForecastSettings, names_of
from cellcolony.tasks.source import DemoSource, Source
from cellcolony.tasks.splits import SPLITS, Piece, Splits, check_split
from cellcolony.tasks.steps import steps_of
from cellcolony.tasks.stretches import error_sums
from cellcolony.tasks.summary import Summary, summarize
from cellcolony.tasks.table_files import read_table
from cellcolony.tasks.tables import CsvFormat, Table, table_of
from cellcolony.tasks.training_range import TrainingRange
from cellcolony.tasks.transform import Transform

Frames = pd.DataFrame | Iterable[pd.DataFrame]


@TASKS.register("forecast")
@dataclass(frozen=True, eq=False, repr=False)
class Forecast:
    """A forecast task: checked, split and scaled series. Build it with `from_csv` or `from_frames`.

    Row t's target is the target column at row t + horizon; or the rows up to that, each an output,
    which must then lie in the same split. Training takes the rows whose target
    lies in the training split. A score is one pass from a series' first row with zero state up to
    the end of the split, counted on the rows whose target lies in the split and that have as many
    earlier rows as the longest lag of any rival. Every model is scored on the same rows.

    Attributes:
        recordings: The files as numbers: training first, then validation, then test.
        splits: Which rows of which recording belong to "train", "valid" and "test".
        transform: What predicting new data needs, without the training data.
        settings: What was asked for.
        columns: Which columns are used.
        step: The time from one row to the next, where a column tells it.
        source: Where it can be had from again; None for frames.
        lags: How many earlier rows rivals may read, and the periods of the targets.
        remarks: What a user should know of the data, although it is no fault.
    """

    kind: ClassVar[str] = "forecast"
    measure: ClassVar[Measure] = Measure("mae", "MAE", "scaled validation loss")
    trainings: ClassVar[Mapping[str, Training]] = {
        "network": Training(
            Protocol,
            begin_for_forecast,
            attrgetter("output_cell"),
            warm_up,
            fitted=fitted_to,
            presets=PROTOCOLS,
        )
    }

    recordings: tuple[Recording, ...]
    splits: Splits
    transform: Transform
    settings: ForecastSettings
    columns: Columns
    step: str | None = None
    source: Source | DemoSource | None = None
    lags: LagMenu = SHORT_MENU
    remarks: tuple[str, ...] = ()

    @classmethod
    def from_csv(
        cls,
        train: PathLike | Iterable[PathLike],
        target: str | Iterable[str],
        *,
        inputs: str | Iterable[str] | None = None,
        valid: PathLike | Iterable[PathLike] = (),
        test: PathLike | Iterable[PathLike] = (),
        horizon: int | str = 1,
        scale: str = "zscore",
        ignore: str | Iterable[str] = (),
        time: str | Iterable[str] | None = None,
        day_first: bool | None = None,
        tz: str | None = None,
        series: str | None = None,
        every: str | None = None,
        fill: str | None = None,
        na: str | Iterable[str] = (),
        sep: str = ",",
        decimal: str = ".",
        encoding: str = "utf-8",
        thousands: str | None = None,
        skip: int | Iterable[int] = (),
        header: bool = True,
        holds_out_test: bool = True,
        calendar: bool = True,
        skip_short: bool = False,
        meant: float | Iterable[float] = (),
    ) -> Forecast:
        r"""Read CSV or Parquet files, one series each unless `series` tells several apart.

        Args:
            train: One or several names or patterns; all their files are sorted naturally.
            target: The columns to predict.
            inputs: The columns to read; by default every column that holds numbers, in the order of
                the first file, targets included.
            valid: Files to choose on. Without, the last 15 % of each training file.
            test: Files to touch once. Without, the last 15 % of each training file, and what
                validates lies before it; see `holds_out_test`.
            horizon: How many rows ahead; or a range such as "1..12": one network has an output for
                each step, called `y[t+1]` and so on.
            scale: "minmax", "zscore" or "none", fitted on the training rows; "unit" is "none" where
                all columns lie in [0, 1] there, and else "minmax".
            ignore: Columns that are no default inputs.
            time: A column of times: increasing, equally spaced or by the calendar (months,
                quarters, business days), never an input; or two columns, that of the dates and
                that of the clock.
            day_first: Whether the day comes first in dates such as 3/4/2024; None to find out.
            tz: The time zone of dates that name none, such as Europe/Berlin; None for UTC.
            series: A column that says to which series a row belongs, where a file holds several:
                each is split and scored as if it were a file.
            every: A span of time, such as 10min: rows are made regular, each the mean of what falls
                into a span, missing where nothing does (see `fill`).
            skip_short: Whether files that are too short are left out, where others are not.
            meant: Values far outside of all else that are as they should be: others are asked
                about, since they mostly stand for missing ones.
            fill: "previous" or "interpolate" fills missing values; None refuses them. A row whose
                target was filled is neither trained on nor scored.
            na: What a missing value is written as, beside the empty field, NA, NaN, null and None.
            sep: The character between fields; "tab" for a tab.
            decimal: The decimal mark.
            encoding: The files' encoding.
            thousands: The mark between the thousands of a number.
            skip: Lines of each file that are not read, from 1.
            header: Whether files begin with the names of their columns; without, they are called
                by their numbers from 1.
            holds_out_test: Whether the last 15 % of each training file tests where `valid` is given
                and `test` is not; else those rows train, and nothing is called a test.
            calendar: Whether hour, weekday and month of the row that is forecast are inputs, as
                sine and cosine: those that `time` tells, where it holds dates, rows are at most a
                day apart, and the training rows go through the whole cycle.

        Raises:
            ConfigError: A setting has a value that it cannot have.
            DataError: The data cannot be used; its `findings` hold every fault with its place.
        """
        settings = ForecastSettings.of(
            target, inputs, ignore, time, meant, horizon,
            scale=scale, day_first=day_first, tz=tz, series=series, every=every, fill=fill,
            holds_out_test=holds_out_test, calendar=calendar, skip_short=skip_short,
        )  # fmt: skip
        lines = (skip,) if isinstance(skip, int) else tuple(skip)
        format = CsvFormat(sep, decimal, encoding, names_of(na), thousands, lines, header)
        findings = Findings()
        patterns = dict(zip(SPLITS, (train, valid, test), strict=True))
        paths = {split: expand(patterns[split], findings) for split in SPLITS}
        if not paths["train"] and not findings:
            raise ConfigError("`train` must name at least one file. Got none.")
        check_disjoint(paths, findings)
        files = {split: tuple(map(str, paths[split])) for split in SPLITS}
        return cls._from_files(Source(os.getcwd(), files, settings, format), findings)

    @classmethod
    def demo(cls, seed: int = 0) -> Forecast:
        """Return the task of the demonstration: what leaves a heated vessel, from what flows in."""
        task = cls.from_frames(vessel(rng_for(seed, -1, "demo")), TARGET)
        return replace(task, source=DemoSource(seed))

    @classmethod
    def again(cls, facts: ForecastFacts, files: Files) -> Forecast:
        """Read the data of an earlier task again.

        Args:
            facts: What its run keeps of it.
            files: The files of splits whose files have moved, in the same order.

        Raises:
            ConfigError: The run does not say where the data came from.
            DataError: The data cannot be used; its `findings` hold every fault with its place.
        """
        source = facts.source
        if isinstance(source, DemoSource):
            return cls.demo(source.demo)
        if source is None:
            raise ConfigError(
                "The data of this run came from no file. Give them as `task`, from Python."
            )
        findings = Findings()
        if files:
            here = os.getcwd()
            before = {
                split: tuple(os.path.join(source.folder, one) for one in source.files[split])
                for split in SPLITS
            }
            moved = {
                split: tuple(os.path.join(here, path) for path in expand(names, findings))
                for split, names in files.items()
            }
            source = replace(source, folder=here, files={**before, **moved})
        return cls._from_files(source, findings)

    @staticmethod
    def facts(table: Mapping[str, Any], where: str) -> ForecastFacts:
        """Read what `describe` wrote.

        Raises:
            ConfigError: A value is missing or cannot be.
        """
        return ForecastFacts.read(table, where)

    def files(self) -> dict[str, str]:
        """Return nothing: a run directory keeps no data."""
        return {}

    def check(self, training: Protocol) -> None:
        """Nothing is to be checked: training fits itself to short series."""

    def describe(self) -> dict[str, Any]:
        """Return what a run's settings keep of the data, as plain values."""
        about = {
            "kind": self.kind,
            "fingerprint": self.fingerprint,
            **asdict(self.summary()),
            "transform": self.transform.to_dict(),
        }
        about["files"] = [
            {**file, "fingerprint": recording.fingerprint}
            for file, recording in zip(about["files"], self.recordings, strict=True)
        ]
        return about if self.source is None else {**about, "source": self.source.to_dict()}

    @classmethod
    def _from_files(cls, source: Source, findings: Findings) -> Forecast:
        tables: dict[str, list[Table]] = {split: [] for split in SPLITS}
        is_here = source.folder == os.getcwd()
        for split in SPLITS:
            for name in source.files[split]:
                path = Path(name) if is_here else Path(source.folder, name)
                table = read_table(path, source.format, findings)
                if table is not None:
                    tables[split].append(replace(table, name=name))
        task = cls._from_tables(tables, source.settings, findings)
        return replace(task, source=source)

    @classmethod
    def from_frames(
        cls,
        train: Frames,
        target: str | Iterable[str],
        *,
        inputs: str | Iterable[str] | None = None,
        valid: Frames = (),
        test: Frames = (),
        horizon: int | str = 1,
        scale: str = "zscore",
        ignore: str | Iterable[str] = (),
        time: str | Iterable[str] | None = None,
        day_first: bool | None = None,
        tz: str | None = None,
        series: str | None = None,
        every: str | None = None,
        fill: str | None = None,
        holds_out_test: bool = True,
        calendar: bool = True,
        skip_short: bool = False,
        meant: float | Iterable[float] = (),
    ) -> Forecast:
        """Take data frames, one series each; the arguments are those of `from_csv`.

        Raises:
            ConfigError: A setting has a value that it cannot have.
            DataError: The data cannot be used; its `findings` hold every fault with its place.
        """
        settings = ForecastSettings.of(
            target, inputs, ignore, time, meant, horizon,
            scale=scale, day_first=day_first, tz=tz, series=series, every=every, fill=fill,
            holds_out_test=holds_out_test, calendar=calendar, skip_short=skip_short,
        )  # fmt: skip
        findings = Findings()
        tables: dict[str, list[Table]] = {}
        for split, frames in zip(SPLITS, (train, valid, test), strict=True):
            listed = [frames] if isinstance(frames, pd.DataFrame) else list(frames)
            named = [
                table_of(frame, f"{split} frame {i}", findings) for i, frame in enumerate(listed)
            ]
            tables[split] = [table for table in named if table]
        if not tables["train"] and not findings:
            raise ConfigError("`train` must hold at least one frame. Got none.")
        return cls._from_tables(tables, settings, findings)

    @classmethod
    def _from_tables(
        cls, tables: dict[str, list[Table]], settings: ForecastSettings, findings: Findings
    ) -> Forecast:
        checked: Checked = check_tables(tables, settings, findings)
        columns = checked.columns
        rows = [training_rows(checked.recordings, checked.splits, name) for name in columns.used]
        scaling = fit_scaling(rows, settings.scale)
        n_each = len(steps_of(columns.targets[:1], settings.horizon, settings.first))
        places = [columns.used.index(name) for name in columns.targets]
        transform = Transform(
            columns.inputs,
            columns.targets,
            settings.horizon,
            scaling.of(range(len(columns.inputs))),
            scaling.of([i for i in places for _ in range(n_each)]),
            settings.fill,
            columns.calendar,
            TrainingRange.of(rows[: len(columns.inputs)]),
            checked.timing,
            settings.series,
            settings.first,
        )
        step = None if checked.timing is None else checked.timing.step.text
        return cls(
            checked.recordings, checked.splits, transform, settings, columns, step,
            lags=checked.lags, remarks=checked.remarks,
        )  # fmt: skip

    def __repr__(self) -> str:
        targets = ", ".join(self.columns.targets)
        return (
            f"<Forecast of {targets} {self.settings.horizon} ahead from "
            f"{len(self.columns.inputs)} inputs, {len(self.recordings)} files>"
        )

    def series(self, split: str, residual: bool) -> list[Series]:
        """Return the series of a split, in scaled units.

        Args:
            split: "train": the rows whose target lies in train, all of them counted. "valid" or
                "test": the rows from the file's first to the last whose target lies in the split,
                the scored ones counted. Rows that were filled may not count (see `from_csv`).
            residual: Whether the targets are target(t + horizon) - target(t), not the former alone.

        Returns:
            One for each file; arrays may be shared and are read-only.
        """
        scaling = self.transform.target_scaling
        series = []
        for piece, truth, base in zip(
            self._pieces(split), self.truth(split), self.base(split), strict=True
        ):
            targets = (truth - base) / scaling.width if residual else scaling.scaled(truth)
            n_steps = piece.n_steps(self.transform.horizon)
            counts = self._honest(piece) if split == "train" else self._scored(piece)
            arrays = (
                self._scaled_inputs[piece.recording][:n_steps],
                targets.astype(np.float32),
                counts,
            )
            for array in arrays:
                array.flags.writeable = False
            series.append(Series(*arrays))
        return series

    @property
    def outputs(self) -> tuple[str, ...]:
        """What is forecast and scored: the targets, or each of their steps."""
        return self.transform.outputs

    def truth(self, split: str) -> list[NDArray[np.float64]]:
        """Return target(t + horizon) at each step of `series`, `(time, n_targets)`, own units.

        Where several steps have an output each, target(t + step) for each of them.
        """
        transform = self.transform
        n_each = len(transform.steps) // len(transform.targets)
        found = []
        for piece in self._pieces(split):
            targets = self.recordings[piece.recording].targets
            n_steps = piece.n_steps(transform.horizon)
            if n_each == 1:
                found.append(targets[transform.horizon : transform.horizon + n_steps])
            else:
                columns = [
                    targets[step : step + n_steps, i // n_each]
                    for i, step in enumerate(transform.steps)
                ]
                found.append(np.stack(columns, 1))
        return found

    def base(self, split: str) -> list[NDArray[np.float64]]:
        """Return target(t) at each step of `series`, `(time, n_targets)`, own units."""
        return [
            self.transform.for_outputs(
                self.recordings[piece.recording].targets[: piece.n_steps(self.transform.horizon)]
            )
            for piece in self._pieces(split)
        ]

    def scored(self, split: str) -> list[NDArray[np.bool_]]:
        """Return which steps of `series` a score counts, `(time,) bool` for each."""
        return [self._scored(piece) for piece in self._pieces(split)]

    def unscale(
        self, split: str, outputs: Sequence[NDArray[np.floating]], residual: bool
    ) -> list[NDArray[np.float64]]:
        """Return a network's outputs over the series of a split as predictions, in own units.

        Args:
            split: Which split the outputs were computed on.
            outputs: `(time, n_targets)` for each series, in scaled units.
            residual: Whether they are to be added to the target at t.
        """
        bases = self.base(split)
        self._check_shapes(split, outputs, "outputs")
        return [
            self.transform.unscale(output, base if residual else None)
            for output, base in zip(outputs, bases, strict=True)
        ]

    def score(self, split: str, predictions: Sequence[NDArray[np.floating]]) -> Errors:
        """Score predictions on the rows that every model is scored on.

        Args:
            split: Which split was predicted.
            predictions: `(time, n_targets)` for each series, in own units; row t predicts
                t + horizon. Rows that are not scored may hold anything.

        Raises:
            ConfigError: There is no such split, or the shapes are not those of its series.
        """
        self._check_shapes(split, predictions, "predictions")
        return score(self.outputs, predictions, self.truth(split), self.scored(split), self.naive)

    @cached_property
    def naive(self) -> NDArray[np.float64]:
        """The mean absolute error of persistence on the rows trained on, `(n_targets,)`.

        In own units; what `mase` is scaled by.
        """
        pairs = zip(self.truth("train"), self.base("train"), self.splits["train"], strict=True)
        changes = [np.abs(truth - base)[self._honest(piece)] for truth, base, piece in pairs]
        return np.concatenate(changes).mean(0)

    def error_sums(
        self, split: str, predictions: Sequence[NDArray[np.floating]]
    ) -> NDArray[np.float64]:
        """Return the absolute errors of predictions, summed over short stretches of scored rows.

        Args:
            split: Which split was predicted.
            predictions: As for `score`.

        Returns:
            `(stretches, n_targets)`, in own units; see `tasks/stretches.py`.

        Raises:
            ConfigError: There is no such split, or the shapes are not those of its series.
        """
        self._check_shapes(split, predictions, "predictions")
        return error_sums(predictions, self.truth(split), self.scored(split))

    @property
    def has_test(self) -> bool:
        """Whether there are rows to test on."""
        return bool(self.splits["test"])

    def predictions(
        self, network: Network, split: str, residual: bool
    ) -> list[NDArray[np.float64]]:
        """Return what a trained network predicts on a split: one array for each of its series.

        Args:
            network: A trained network.
            split: "valid" or "test".
            residual: Whether its outputs are added to the target at t.

        Returns:
            `(time, n_targets)` for each series, in own units.
        """
        outputs = predict_each(network, [one.inputs for one in self.series(split, residual)])
        return self.unscale(split, outputs, residual)

    def score_candidate(
        self, genome: Network, loss: float, split: str, training: Protocol
    ) -> Iterator[tuple[str, str, float, int, int]]:
        """Yield target, measure, value, weights and rows of a trained network on a split."""
        found = self.score(split, self.predictions(genome, split, training.residual))
        for target, measure, value, n_rows in found.lines():
            yield target, measure, value, genome.n_weights, n_rows

    @property
    def fingerprint(self) -> str:
        """A hash (SHA-256) of the used columns' names and values, the horizon and the splits."""
        return self._fingerprint

    @cached_property
    def _fingerprint(self) -> str:
        horizon, first = self.transform.horizon, self.transform.first
        return fingerprint(self.recordings, self.splits, horizon, self.lags.history, first)

    def summary(self) -> Summary:
        """Return what was understood of the data."""
        n_scored = {
            "train": sum(int(self._honest(piece).sum()) for piece in self.splits["train"]),
            "valid": sum(int(counts.sum()) for counts in self.scored("valid")),
            "test": sum(int(counts.sum()) for counts in self.scored("test")),
        }
        return summarize(
            self.recordings, self.splits, self.settings, self.step, n_scored, self.lags,
            self.remarks,
        )  # fmt: skip

    @cached_property
    def _scaled_inputs(self) -> tuple[NDArray[np.float32], ...]:
        """The inputs of every recording, `(rows, n_inputs)`; the splits share them."""
        return tuple(
            scaled_inputs(recording.values, self.columns.inputs, self.transform.input_scaling)
            for recording in self.recordings
        )

    def _pieces(self, split: str) -> tuple[Piece, ...]:
        check_split(split)
        return self.splits[split]

    def _honest(self, piece: Piece) -> NDArray[np.bool_]:
        horizon, first = self.transform.horizon, self.transform.first
        honest = self.recordings[piece.recording].is_honest(horizon, first)
        return honest[: piece.n_steps(horizon)]

    def _scored(self, piece: Piece) -> NDArray[np.bool_]:
        horizon, first = self.transform.horizon, self.transform.first
        return self._honest(piece) & piece.scored(horizon, self.lags.history, first)

    def _check_shapes(self, split: str, arrays: Sequence[NDArray[np.floating]], what: str) -> None:
        expected = [truth.shape for truth in self.truth(split)]
        found = [np.shape(array) for array in arrays]
        if found != expected:
            raise ConfigError(
                f"`{what}` must hold one array (time, n_targets) for each series of {split}, "
                f"{expected}. Got {found}."
            )
