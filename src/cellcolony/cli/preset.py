"""The option `--preset`: values for the options that the command line leaves open."""

from __future__ import annotations

from dataclasses import asdict

from cyclopts import App
from cyclopts.argument import ArgumentCollection
from cyclopts.config import Dict

OPTION = "--preset"


def fill_in_preset(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Give the options of the colony the values of a preset; those of the command line stay.

    Cyclopts calls it between reading the command line and converting what it read.

    Raises:
        ConfigError: There is no such preset, or its file has a fault.
    """
    named = [token for one in arguments if one.name == OPTION for token in one.tokens]
    if named:
        from cellcolony.search.presets import preset

        found = preset(named[-1].value)
        source = f"preset {found.name}"
        fill_in = Dict(data=asdict(found.ants), source=source, use_commands_as_keys=False)
        fill_in(app, commands, arguments)
