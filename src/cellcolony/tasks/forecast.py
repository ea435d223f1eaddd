"""Forecast columns of a table some rows ahead: the task, from files or data frames."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from operator import attrgetter
from pathlib import Path
from typing import Any, ClassVar

import pandas as pd

from cellcolony.contract import Measure, Training
from cellcolony.errors import ConfigError
from cellcolony.judges.training.networks import begin_for_forecast, fitted_to
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import PROTOCOLS, Protocol
from cellcolony.networks.warm_up import warm_up
from cellcolony.seeds import rng_for
from cellcolony.settings import plain
from cellcolony.tasks import TASKS, Files
from cellcolony.tasks.checks import Checked, check_tables, training_rows
from cellcolony.tasks.demo_series import TARGET, vessel
from cellcolony.tasks.findings import Findings
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.tasks.patterns import PathLike, check_disjoint, expand
from cellcolony.tasks.readings import Switch, Unit
from cellcolony.tasks.scaling import fit_scaling
from cellcolony.tasks.settings import ForecastSettings, names_of
from cellcolony.tasks.source import DemoSource, Source
from cellcolony.tasks.split_series import SplitSeries
from cellcolony.tasks.splits import SPLITS
from cellcolony.tasks.steps import steps_of
from cellcolony.tasks.summary import Summary, summarize
from cellcolony.tasks.table_files import read_table
from cellcolony.tasks.tables import CsvFormat, Table, table_of
from cellcolony.tasks.training_range import TrainingRange
from cellcolony.tasks.transform import Transform

Frames = pd.DataFrame | Iterable[pd.DataFrame]


@TASKS.register("forecast")
@dataclass(frozen=True, eq=False, repr=False)
class Forecast(SplitSeries):
    """A forecast task: checked, split and scaled series. Build it with `from_csv` or `from_frames`.

    Attributes:
        settings: What was asked for.
        step: The time from one row to the next, where a column tells it.
        source: Where it can be had from again; None for frames.
        remarks: What a user should know of the data, although it is no fault.
    """

    kind: ClassVar[str] = "forecast"
    measure: ClassVar[Measure] = Measure(
        "mae", "MAE", "scaled validation loss", others=(Measure("mse", "MSE", "scaled squares"),)
    )
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

    settings: ForecastSettings
    step: str | None = None
    source: Source | DemoSource | None = None
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
        r"""Read CSV files, workbooks or Parquet files, one series each, or several by `series`.

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
        summary = self.summary()
        about = {
            "kind": self.kind,
            "fingerprint": self.fingerprint,
            **asdict(summary),
            "transform": self.transform.to_dict(),
        }
        about["files"] = [
            {**plain(file), "fingerprint": recording.fingerprint}
            for file, recording in zip(summary.files, self.recordings, strict=True)
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
            tuple(one for one in checked.readings if isinstance(one, Unit)),
            tuple(one for one in checked.readings if isinstance(one, Switch)),
            settings.first,
        )
        step = None if checked.timing is None else checked.timing.step.text
        return cls(
            checked.recordings, checked.splits, transform, columns, checked.lags, settings, step,
            remarks=checked.remarks,
        )  # fmt: skip

    def __repr__(self) -> str:
        targets = ", ".join(self.columns.targets)
        return (
            f"<Forecast of {targets} {self.settings.horizon} ahead from "
            f"{len(self.columns.inputs)} inputs, {self.summary().n_series}>"
        )

    def score_candidate(
        self, genome: Network, loss: float, split: str, training: Protocol
    ) -> Iterator[tuple[str, str, float, int, int]]:
        """Yield target, measure, value, weights and rows of a trained network on a split."""
        found = self.score(split, self.predictions(genome, split, training.residual))
        for target, measure, value, n_rows in found.lines():
            yield target, measure, value, genome.n_weights, n_rows

    def summary(self) -> Summary:
        """Return what was understood of the data."""
        return summarize(
            self.recordings, self.splits, self.settings, self.step, self.n_scored, self.lags,
            self.remarks,
        )  # fmt: skip
