"""The option `--preset`: values for the options that the command line leaves open."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cyclopts import App
from cyclopts.argument import ArgumentCollection
from cyclopts.config import Dict

OPTION = "--preset"
NODES = "evolve-node"


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
    taken = {one.name.removeprefix("--").replace("-", "_") for one in arguments}
    data = {key: value for key, value in data.items() if key in taken}
    fill_in = Dict(data=data, source=f"preset {name}", use_commands_as_keys=False)
    fill_in(app, commands, arguments)


def _given(arguments: ArgumentCollection, option: str) -> list[str]:
    """Return the values of an option on the command line."""
    return [token.value for one in arguments if one.name == option for token in one.tokens]


def _of_ants(named: list[str]) -> tuple[str, dict[str, Any]]:
    from cellcolony.search.presets import preset

    found = preset(named[-1])
    return found.name, asdict(found.method)


def _of_nodes(named: list[str], rivals: list[str]) -> tuple[str, dict[str, Any]]:
    """Return a preset's name and settings; where rivals are given, it tunes no others."""
    from cellcolony.search.presets import DEFAULTS, preset

    found = preset(named[-1] if named else DEFAULTS["language"], "language")
    data = {
        **asdict(found.method),
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
