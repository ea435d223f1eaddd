"""The folder of a league: the runs, and what the next start continues.

league.toml       the settings that it was begun with, and its tasks
lock              empty; locked while a process writes one of the files that all processes share
TASK/seed-N/      an ordinary run directory
results.csv ...   at the end: the tables that are printed, league.svg, a plot, and report.html
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import tomli_w
from annotated_types import Ge, Le

from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.config import CONFIG
from cellcolony.runs.league.plan import MOST_RUNS, League, check_name
from cellcolony.runs.repeat import PREFIX
from cellcolony.settings import MOST, record, settings
from cellcolony.store import foreign
from cellcolony.store.files import write_file
from cellcolony.store.lock import LOCK, locked
from cellcolony.store.sameness import differences
from cellcolony.toml_library import read_text
from cellcolony.version import VERSION

LEAGUE = "league.toml"
GROWS = "seeds"
"""The setting that may grow between two starts, as tasks may be added: no run depends on it."""


@settings
class LeagueFacts:
    """What a league's folder says of it.

    Attributes:
        version: The version of the program that began it.
        budget: When each search ends; empty for the method's own end.
        seeds: How many runs each task has.
        seed: The first seed.
        method: The settings of the method of search, and its name.
        tasks: The options of each task's data, by its name.
    """

    version: str
    budget: str
    seeds: Annotated[int, Ge(1), Le(MOST_RUNS)]
    seed: Annotated[int, Ge(0), Le(MOST)]
    method: Mapping[str, Any]
    tasks: Mapping[str, Any]

    def __post_init__(self) -> None:
        for name in self.tasks:
            check_name(name, "[tasks]")
        if self.seeds * len(self.tasks) > MOST_RUNS:
            raise ConfigError(f"`seeds` must leave at most {MOST_RUNS:,} runs. Got {self.seeds}.")


def is_league(path: Path) -> bool:
    """Say whether a folder is that of a league, and no run directory."""
    return (path / LEAGUE).is_file() and not (path / CONFIG).exists()


def read_facts(path: Path) -> LeagueFacts:
    """Return what a league's folder says of it.

    Raises:
        ConfigError: Its file cannot be read, or says what cannot be.
    """
    return record(LeagueFacts, _stored(path), str(path / LEAGUE))


def begin(path: Path, league: League) -> None:
    """Make the folder of a league, or check that its runs may go on.

    Raises:
        RunError: The folder cannot be made, holds something else, or was begun with other settings.
        ConfigError: Its file is damaged.
    """
    if not _is_blank(path) and not (path / LEAGUE).is_file():
        raise RunError(
            f"{path} exists and holds no league: it has no {LEAGUE}. Choose another --out."
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunError(f"{path}: the folder cannot be made: {error.strerror}.") from error
    with locked(path, waits=True):
        values = {"version": VERSION, **league.values}
        if (path / LEAGUE).exists():
            stored, facts = _stored(path), read_facts(path)
            values["version"] = facts.version
            values[GROWS] = max(league.n_seeds, facts.seeds)
            values["tasks"] = {**facts.tasks, **league.values["tasks"]}
            _check_same(path, stored, values)
        write_file(path / LEAGUE, tomli_w.dumps(values))


def run_path(path: Path, task: str, seed: int) -> Path:
    """Return the directory of a run.

    Raises:
        RunError: It is a link, or the task's folder is.
    """
    folder = path / task
    run = folder / f"{PREFIX}{seed}"
    for one in (folder, run):
        if one.is_symlink():
            raise RunError(f"{one} is a link, and a league's runs lie in its folder. Remove it.")
    return run


def _check_same(path: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Check that runs with these settings may stand beside those of the folder.

    Raises:
        RunError: They differ in more than further seeds and tasks.
    """
    added = now["tasks"].keys() - before["tasks"].keys()
    now = {**now, "tasks": {key: one for key, one in now["tasks"].items() if key not in added}}
    found = differences(before, now, (GROWS,))
    if found:
        raise RunError(
            f"{path} holds another league, so its runs cannot be continued. It differs in "
            f"{'; '.join(found)}. Choose another --out, or take back the change."
        )


def _stored(path: Path) -> dict[str, Any]:
    where = path / LEAGUE
    text = read_text(where, within=path)
    try:
        return foreign.parse_toml(text)
    except ValueError as error:
        raise ConfigError(f"{where}: expected TOML: {error}.") from error


def _is_blank(path: Path) -> bool:
    """Say whether nothing stands at a path, or what a kill left before the league was begun."""
    if not path.is_dir():
        return not (path.exists() or path.is_symlink())
    return all(one.name in (LOCK, f"{LEAGUE}.part") for one in path.iterdir())
