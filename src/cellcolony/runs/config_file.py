"""Reading `config.toml`, which somebody else may have made: see `config.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cellcolony.contract import Start
from cellcolony.errors import ConfigError, RunError, brief, did_you_mean
from cellcolony.judges import JUDGES
from cellcolony.judges.training.caps import Caps
from cellcolony.runs.config import CONFIG, FORMAT, StudyConfig
from cellcolony.runs.stage import STAGES
from cellcolony.runs.start_file import LARGEST_START, START, read_starts
from cellcolony.search.methods import METHODS, method_of
from cellcolony.settings import faults_at, read, read_tagged
from cellcolony.store import foreign
from cellcolony.store.reading import read as read_file
from cellcolony.store.reading import read_text, readable
from cellcolony.tasks import TASKS, training_of

_TABLES = ("packages", "task", "method", "judge", "training", "caps")
_NAMES = ("format", "version", "seed", "order", "stages", "start", *_TABLES)


def read_config(run: Path) -> StudyConfig:
    """Return the configuration of a run directory.

    Raises:
        RunError: It is no run directory, or its configuration cannot be read.
    """
    path = run / CONFIG
    if not path.is_file():
        raise RunError(f"{run} is no run directory: it has no {CONFIG}.")
    text = read_text(run, path, foreign.LARGEST_SETTINGS)
    with readable(f"{path}: the settings"):
        config = config_of(text, lambda: read_file(run, run / START, LARGEST_START))
        config.facts  # noqa: B018  it raises where [task] is damaged
        return config


def config_of(text: str, start: Callable[[], bytes] | None = None) -> StudyConfig:
    """Read what `StudyConfig.to_toml` wrote, which somebody else may have made.

    Args:
        text: What was written.
        start: Returns the content of `start.json`, where the study was begun with genomes.

    Raises:
        ConfigError: It is no TOML, of another format, or a setting is missing or cannot be.
    """
    try:
        values = foreign.parse_toml(text)
    except ValueError as error:
        raise ConfigError(f"expected TOML: {error}.") from error
    if values.get("format") != FORMAT or type(values["format"]) is not int:
        raise ConfigError(
            f"`format` must be {FORMAT}. Got {brief(values.get('format'))}: the run was "
            "written by another version of the program."
        )
    for name in _TABLES:
        if not isinstance(values.setdefault(name, {}), dict):
            raise ConfigError(f"`{name}` must be a table. Got {brief(values[name])}.")
    packages = {str(name): str(package) for name, package in values["packages"].items()}
    try:
        return _read(values, packages, start)
    except ConfigError as error:
        missing = [f"{name} is from {package}" for name, package in packages.items()]
        if not missing or "here is no" not in str(error):
            raise
        needs = " ".join(sorted({one.split()[0] for one in packages.values()}))
        raise ConfigError(
            f"{error} The study was begun with members of other packages ("
            f"{'; '.join(missing)}). Install them: pip install {needs}."
        ) from error


def _read(
    values: Mapping[str, Any], packages: Mapping[str, str], start: Callable[[], bytes] | None
) -> StudyConfig:
    for name in values:
        if name not in _NAMES:
            raise ConfigError(f"there is no setting {brief(name)}.{did_you_mean(name, _NAMES)}")
    for name, kind, must in (("version", str, "a text"), ("seed", int, "a whole number")):
        if type(values.get(name)) is not kind:
            raise ConfigError(f"`{name}` must be {must}. Got {brief(values.get(name))}.")
    stages = values.get("stages", [])
    if not isinstance(stages, list):
        raise ConfigError(f"`stages` must be a list of tables. Got {brief(stages)}.")
    kind = values["task"].get("kind")
    if not isinstance(kind, str):
        raise ConfigError(f"[task]: `kind` must be a text. Got {brief(kind)}.")
    with faults_at("[task]"):
        task = TASKS[kind]
    method = read_tagged(METHODS, values["method"], "[method]")
    name, entry = method_of(method)
    training = training_of(task, entry.genome, f"the method {name!r}")
    return StudyConfig(
        task=values["task"],
        method=method,
        training=read(training.settings, values["training"], "[training]"),
        stages=tuple(
            read_tagged(STAGES, one, f"[[stages]] {i}") for i, one in enumerate(stages, 1)
        ),
        judge=read_tagged(JUDGES, values["judge"], "[judge]"),
        caps=read(Caps, values["caps"], "[caps]"),
        seed=values["seed"],
        order=values.get("order", "arrival"),
        version=values["version"],
        packages=packages,
        starts=_starts(values.get("start"), entry.genome, start),
    )


def _starts(about: Any, genome: str, start: Callable[[], bytes] | None) -> tuple[Start, ...]:
    if about is None:
        return ()
    if not isinstance(about, dict):
        raise ConfigError(f"`start` must be a table. Got {brief(about)}.")
    if start is None:
        raise ConfigError(f"the study was begun with genomes, which stand in {START}.")
    return read_starts(start(), genome, about)
