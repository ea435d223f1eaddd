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

from cellcolony.contract import Judge
from cellcolony.judges import JUDGES
from cellcolony.search.methods import METHODS

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


def method_of_search(words: Sequence[str], task: TaskKind = "forecast") -> str:
    """Return the method of a search that no word names: that of a preset, if any.

    Raises:
        ConfigError: There is no such preset.
    """
    from cellcolony.search.methods import method_of

    found = _preset_of(words, task)
    return METHOD if found is None else method_of(found.method)[0]


def judge_of_search(words: Sequence[str], task: TaskKind = "forecast") -> Judge | None:
    """Return the judge that a preset names, with its settings; None for what suits the method.

    Raises:
        ConfigError: There is no such preset.
    """
    found = _preset_of(words, task)
    return None if found is None else found.judge


def _preset_of(words: Sequence[str], task: TaskKind) -> Preset | None:
    from cellcolony.search.presets import DEFAULTS, preset

    named = chosen(words, "--preset", "" if task == "forecast" else DEFAULTS[task])
    return preset(named, task) if named else None


def at_commas(texts: Sequence[str]) -> list[str]:
    """Return the names between the commas of texts."""
    return [name.strip() for text in texts for name in text.split(",")]


def with_settings(
    command: Callable[..., Any],
    words: Sequence[str],
    method: str,
    base: Any = None,
    judge: Judge | None = None,
) -> Callable[..., Any]:
    """Let a command take the options of the method, and of the judge, that the words name.

    Args:
        command: The command; its annotations and defaults are changed.
        words: The words of the command line.
        method: The method where no word names one.
        base: Settings of that method whose values are the defaults; None for the class's own.
        judge: The judge where no word names one, for that method alone; None for what suits it.

    Raises:
        ConfigError: There is no such method or judge; the message names the nearest one.
    """
    name = chosen(words, "--method", method)
    cls = METHODS[name].settings
    usual = base if isinstance(base, cls) else cls()
    _let_take(command, "settings", cls, usual, f"Method {name}")
    fitting = type(judge) if judge is not None and name == method else None
    named = chosen(words, "--judge", "")
    judged_by = JUDGES[named] if named else fitting or JUDGES[METHODS[name].judge]
    is_fitting = isinstance(judge, judged_by)
    _let_take(command, "judge_settings", judged_by, judge if is_fitting else judged_by(), "Judge")
    return command


def _let_take(command: Any, parameter: str, cls: type, default: Any, group: str) -> None:
    is_usual = default == cls()  # the help has the class's values, which a preset may change
    shown = Parameter(name="*", group=group, show_default=is_usual)
    shown = shown if fields(cls) else Parameter(parse=False)
    command.__annotations__[parameter] = Annotated[cls, shown]
    command.__kwdefaults__[parameter] = default
