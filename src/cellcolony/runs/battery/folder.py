"""The folder of a battery: what a person can read, and what the next start continues.

battery.toml     the battery's file, as it was
begun.toml       what the command line set instead, the version, and fingerprints of the data and of
                 all settings
results.jsonl    one line a finished run, in the order in which they ended; results-2-of-5.jsonl
                 those of a part, where several machines share the work
table_1.csv ...  at the end: the tables that are printed, and battery.svg, a plot
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomli_w

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.battery.grid import Configuration
from cellcolony.runs.battery.plan import Battery, laid_over, parse_battery
from cellcolony.runs.battery.record import Record, read_records
from cellcolony.runs.part import WHOLE, Part
from cellcolony.settings import plain, record, settings
from cellcolony.store import foreign
from cellcolony.store.files import write_file
from cellcolony.store.lines import AppendedLines
from cellcolony.store.sameness import differences
from cellcolony.store.writing import writing
from cellcolony.toml_library import read_text
from cellcolony.version import VERSION

BATTERY, BEGUN, RESULTS = "battery.toml", "begun.toml", "results.jsonl"
RESULTS_OF_PARTS = "results*.jsonl"
GROWS = "repeats"
"""The one setting that may grow between two starts: no run depends on it."""
ABOUT_TABLES = ("summary", "baseline")
"""Settings that may change between two starts: no run depends on them."""


@settings
class Begun:
    """What `begun.toml` says.

    Attributes:
        version: The version of the program that began the folder.
        fingerprint: That of the data.
        settings: A hash of all that runs depend on.
        overrides: What the command line set instead of the file.
    """

    version: str
    fingerprint: str
    settings: str
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Folder:
    """Where a battery is written to.

    Attributes:
        path: The folder.
        battery: What is run.
        records: The runs that were finished before, each once.
    """

    path: Path
    battery: Battery
    records: tuple[Record, ...]

    @staticmethod
    def open(path: Path, battery: Battery) -> Folder:
        """Open the folder of a battery, which need not be there yet; write nothing.

        Raises:
            RunError: Another battery lies there, something that is none, or a file is broken.
        """
        if _is_blank(path):
            return Folder(path, battery, ())
        _check_same(path, stored_battery(path), battery)
        labels = {configuration.label for configuration in battery.configurations}
        files = sorted(path.glob(RESULTS_OF_PARTS))
        found = {record.key: record for file in files for record in read_records(file)}
        kept = [r for r in found.values() if r.configuration in labels]
        return Folder(path, battery, tuple(r for r in kept if 0 <= r.repeat < battery.repeats))

    def left(self) -> Iterator[tuple[Configuration, int]]:
        """Yield the configurations and repeats that are not finished, in the order of work."""
        finished = {record.key for record in self.records}
        for configuration, repeat in self.battery.jobs():
            if (configuration.label, repeat) not in finished:
                yield configuration, repeat

    def begin(self, data: str, part: Part = WHOLE) -> AppendedLines:
        """Make the folder, or check that its runs may go on; return what takes the results.

        Args:
            data: The fingerprint of the data.
            part: Which part of the work the results are of.

        Raises:
            RunError: The folder cannot be made, or was begun on other data, or with other settings
                of a preset or of the program.
        """
        version, depends_on = VERSION, _fingerprint(self.battery)
        if (self.path / BATTERY).exists():
            begun = _begun(self.path)
            version = begun.version
            if begun.fingerprint != data:
                raise RunError(
                    f"{self.path} was begun on other data (fingerprint {begun.fingerprint[:8]}, "
                    f"now {data[:8]}), so its runs cannot be continued. Choose another --out."
                )
            if begun.settings != depends_on:
                raise RunError(
                    f"{self.path} was begun with other settings, so its runs cannot be continued: "
                    "a preset, or what the program sets where nothing else does, has changed "
                    f"(version {version} then, {VERSION} now). Choose another --out."
                )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(f"{self.path}: the folder cannot be made: {error.strerror}.") from error
        begun = Begun(version, data, depends_on, self.battery.overrides)
        write_file(self.path / BEGUN, tomli_w.dumps(plain(begun)))
        write_file(self.path / BATTERY, self.battery.text)  # from now on it is begun
        results = self.path / results_of(part)
        with writing(results):
            return AppendedLines(results)


def results_of(part: Part) -> str:
    """Return the name of the file that takes the results of a part of the runs."""
    return RESULTS if part == WHOLE else f"results-{part.number}-of-{part.n}.jsonl"


def _is_blank(path: Path) -> bool:
    """Say whether nothing stands at a path, or what a kill left before the battery was begun."""
    if not path.is_dir():
        return not (path.exists() or path.is_symlink())
    return all(name.name.startswith((BEGUN, BATTERY + ".part")) for name in path.iterdir())


def stored_battery(path: Path, overrides: Mapping[str, Any] | None = None) -> Battery:
    """Return the battery of a folder that was begun, with what the command line had set.

    Args:
        path: The folder.
        overrides: What the command line sets now, beside or instead of that.

    Raises:
        RunError: The folder holds none.
        ConfigError: Its file has a fault.
    """
    for name in (BATTERY, BEGUN):
        if not (path / name).is_file():
            raise RunError(
                f"{path} exists and holds no battery: it has no {name}. Choose another --out."
            )
    given = laid_over(_begun(path).overrides, overrides or {})
    text, where = read_text(path / BATTERY, within=path), str(path / BATTERY)
    return parse_battery(text, where, given, name=path.resolve().name)


def _begun(path: Path) -> Begun:
    text, where = read_text(path / BEGUN, within=path), str(path / BEGUN)
    try:
        return record(Begun, foreign.parse_toml(text), where)
    except ConfigError:
        raise
    except ValueError as error:
        raise ConfigError(f"{where}: expected TOML: {error}.") from error


def _check_same(path: Path, before: Battery, now: Battery) -> None:
    """Check that the runs of two batteries may stand side by side.

    Raises:
        RunError: They differ in more than a greater number of repeats, or what concerns tables.
    """
    may_change = (*ABOUT_TABLES, *((GROWS,) if now.repeats >= before.repeats else ()))
    found = differences(before.values, now.values, may_change)
    if found:
        raise RunError(
            f"{path} holds another battery, so its runs cannot be continued. It differs in "
            f"{'; '.join(found)}. Choose another --out, or take back the change."
        )


def _fingerprint(battery: Battery) -> str:
    """Return a hash of what runs depend on, whether the file, a preset or the program sets it."""
    parts = [
        (one.label, one.method, one.settings, one.training, one.judge, one.final, one.budget)
        for one in battery.configurations
    ]
    usual = {key: battery.data.options.get(key) for key in ("scale", "tokens", "vocabulary")}
    return hashlib.sha256(repr((parts, usual)).encode()).hexdigest()
