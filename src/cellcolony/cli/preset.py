"""The options `--preset` and `--recipe`: values for options that the command line leaves open."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cyclopts import App, Parameter
from cyclopts.argument import ArgumentCollection
from cyclopts.config import Dict

if TYPE_CHECKING:
    from cellcolony.search.presets import Preset

OPTION, RECIPE = "--preset", "--recipe"
NODES, SCALING = "evolve-node", "scale-up"
LARGE = "n2n-32m"
"""The recipe of a model that is scaled up, where none is named: the paper's size."""


def filled_in(group: str) -> Parameter:
    """Return a group of options whose defaults a preset or a recipe tells, and not the class."""
    return Parameter(name="*", group=group, show_default=False)


def fill_in_preset(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Give the options of a search the values of a preset; those of the command line stay.

    Cyclopts calls it between reading the command line and converting what it read. A search for
    nodes has a preset even where none is named.

    Raises:
        ConfigError: There is no such preset, or its file has a fault.
    """
    if not any(one.name == OPTION for one in arguments):
        return
    named = _given(arguments, OPTION)
    if NODES in commands:
        name, data = _of_nodes(named, _given(arguments, "--rivals"))
    elif named:
        name, data = _of_ants(named)
    else:
        return
    _fill_in(f"preset {name}", data, app, commands, arguments)


def fill_in_recipe(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Give the options of a training the values of a recipe; those of the command line stay.

    A model that is scaled up has a recipe even where none is named.

    Raises:
        ConfigError: There is no such recipe, or its file has a fault.
    """
    named = _given(arguments, RECIPE) or [LARGE] * (SCALING in commands)
    if named:
        from cellcolony.layers.recipes import recipe_named

        found = recipe_named(named[-1])
        data = {key: one for table in found.settings.values() for key, one in table.items()}
        _fill_in(f"recipe {found.name}", data, app, commands, arguments)


def _fill_in(
    source: str, data: dict[str, Any], app: App, commands: tuple[str, ...],
    arguments: ArgumentCollection,
) -> None:  # fmt: skip
    taken = {one.name.removeprefix("--").replace("-", "_") for one in arguments}
    data = {key: value for key, value in data.items() if key in taken}
    fill_in = Dict(data=data, source=source, use_commands_as_keys=False)
    fill_in(app, commands, arguments)


def _given(arguments: ArgumentCollection, option: str) -> list[str]:
    """Return the values of an option on the command line."""
    return [token.value for one in arguments if one.name == option for token in one.tokens]


def _of_ants(named: list[str]) -> tuple[str, dict[str, Any]]:
    from cellcolony.search.presets import preset

    found = preset(named[-1])
    return found.name, {**asdict(found.method), **_of_judge(found)}


def _of_judge(found: Preset) -> dict[str, Any]:
    """Return the settings of a preset's judge; none where it names no judge."""
    judge: Any = found.judge
    return {} if judge is None else asdict(judge)


def _of_nodes(named: list[str], rivals: list[str]) -> tuple[str, dict[str, Any]]:
    """Return a preset's name and settings; where rivals are given, it tunes no others."""
    from cellcolony.search.presets import DEFAULTS, preset

    found = preset(named[-1] if named else DEFAULTS["language"], "language")
    data = {
        **asdict(found.method),
        **_of_judge(found),
        **asdict(found.training.model),
        **asdict(found.training.schedule),
        **asdict(found.task_settings),
        "rivals": list(found.rivals or ()),
        "tuned": [one for one in found.tuned if not rivals or one in rivals],
        "n_seeds": found.n_seeds,
        "rates": list(found.rates),
        "contenders": found.contenders,
        "control": found.control,
        "budget": list(found.budget),
    }
    return found.name, {key: value for key, value in data.items() if value not in (None, [])}
