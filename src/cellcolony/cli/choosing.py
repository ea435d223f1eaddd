"""Options that depend on a choice: `--method examm` brings the settings of that method.

A command is a function whose parameters `method` and `judge` name a member, and whose parameters
`settings` and `judge_settings` take the options of that member. Which member that is must be known
before the command line is read, so the words are looked through for it first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cellcolony.judges import JUDGES
from cellcolony.search.methods import METHODS, method_of

if TYPE_CHECKING:
    from cellcolony.search.presets import Preset, TaskKind

METHOD = "taps"
"""The usual method of a search for forecasts."""


def chosen(words: Sequence[str], option: str, default: str) -> str:
    """Return what stands after an option among the words of a command line."""
    found = default
    for place, word in enumerate(words):
        if word == option and place + 1 < len(words):
            found = words[place + 1]
        elif word.startswith(f"{option}="):
            found = word.partition("=")[2]
    return found


def _preset_of(words: Sequence[str], task: TaskKind) -> Preset | None:
    from cellcolony.search.presets import DEFAULTS, preset

    named = chosen(words, "--preset", "" if task == "forecast" else DEFAULTS[task])
    return preset(named, task) if named else None


def at_commas(texts: Sequence[str]) -> list[str]:
    """Return the names between the commas of texts."""
    return [name.strip() for text in texts for name in text.split(",")]


def with_settings(
    command: Callable[..., Any], words: Sequence[str], task: TaskKind = "forecast"
) -> Callable[..., Any]:
    """Let a command take the options of the method, and of the judge, that the words name.

    Without such words they are those of the preset that the words name, or of the usual one; a
    preset's judge is for its method alone.

    Args:
        command: The command; its annotations and defaults are changed.
        words: The words of the command line.
        task: What it searches for.

    Raises:
        ConfigError: There is no such preset, method or judge; the message names the nearest one.
    """
    found = _preset_of(words, task)
    method = METHOD if found is None else method_of(found.method)[0]
    name = chosen(words, "--method", method)
    cls, base = METHODS[name].settings, None if found is None else found.method
    _let_take(command, "settings", cls, base, f"Method {name}")
    judge, named = None if found is None else found.judge, chosen(words, "--judge", "")
    if named or judge is None or name != method:
        judged_by = JUDGES[named or METHODS[name].judge]
    else:
        judged_by = type(judge)
    _let_take(command, "judge_settings", judged_by, judge, "Judge")
    return command


def _let_take(command: Any, parameter: str, cls: type, base: Any, group: str) -> None:
    """Let a parameter take the settings of a class; `base`, if of it, has what is left open."""
    default = base if type(base) is cls else cls()
    is_usual = default == cls()  # the help has the class's values, which a preset may change
    shown = Parameter(name="*", group=group, show_default=is_usual)
    shown = shown if fields(cls) else Parameter(parse=False)
    command.__annotations__[parameter] = Annotated[cls, shown]
    command.__kwdefaults__[parameter] = default
