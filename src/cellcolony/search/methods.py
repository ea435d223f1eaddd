"""The methods of search by name: their settings, and how a search begins or continues."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cellcolony.contract import Problem, Search, Start
from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.registry import Registry


@dataclass(frozen=True)
class Method:
    """A method of search.

    Attributes:
        settings: The class of its settings, see `cellcolony.settings`.
        genome: The kind of genome that it varies: "network" or "tree".
        start: `start(settings, problem, rng)` begins a search; `rng` draws its first state.
        restore: `restore(settings, problem, state)` continues a search where its state left off. It
            raises `ConfigError` for the state of another search.
        summary: What it does, in one line.
        source: Where it comes from: authors and year, or "ours".
        control_of: The method whose control this is: it searches the same space and learns nothing.
        like: The settings of this control, from those of that method.
        cells: The cells that candidates may compute, to be compiled before the search.
        n_candidates: After how many candidates it ends by itself; None where it never does.
        grows: The settings that may grow when a study goes on, such as `generations`; of a setting
            within another, both names with a dot between.
        keep: What the method has learned when its search ends, as files by their names.
        picture: Draws that, as SVG: from the settings, the problem, a function that returns the
            bytes of such a file (None where it is missing) and a title, and by the keyword
            `longest` after how many characters it should show less (None for never); None for a
            method that has nothing to draw.
        keepsake: What that is called: "colony".
        judge: The judge where nobody names one: "evaluate" for a method that evolves the weights.
        title: What its best network is called in a comparison; empty for its name.
        evaluations: How many candidates it may ask for, as a rival of a search, for each epoch of
            that search's trainings; None for one that trains, and gets as many trainings.
        uneven: Whether its candidates are trained for different times: its controls then get as
            much training as the search, not as many candidates.
        efforts: How many times the settings' epochs its candidates are trained, rising; its best
            ones the last of them, and rivals as long.
        begin_with: `begin_with(settings, problem, rng, starts)` begins a search with given genomes.
            It raises `ConfigError` for one that the search cannot hold, and says why. None for a
            method that makes all its candidates itself.
        view: Looks at the data before a study begins: from the task and the training to what is
            added to the facts that a run keeps of them, as plain values; None for nothing.
    """

    settings: type
    genome: str
    start: Callable[[Any, Problem, np.random.Generator], Search]
    restore: Callable[[Any, Problem, Mapping[str, Any]], Search]
    summary: str = ""
    source: str = ""
    control_of: str | None = None
    like: Callable[[Any], Any] | None = None
    cells: Callable[[Any], tuple[str, ...]] = lambda settings: ()
    n_candidates: Callable[[Any], int | None] = lambda settings: None
    grows: tuple[str, ...] = ()
    keep: Callable[[Any], Mapping[str, bytes]] = lambda search: {}
    picture: Callable[..., str] | None = None
    keepsake: str = ""
    judge: str = "full"
    title: str = ""
    evaluations: float | None = None
    uneven: bool = False
    efforts: Callable[[Any], tuple[int, ...]] = lambda settings: (1,)
    begin_with: Callable[[Any, Problem, np.random.Generator, Sequence[Start]], Search] | None = None
    view: Callable[[Any, Any], Mapping[str, Any]] | None = None


METHODS: Registry[Method] = Registry("method of search", "cellcolony.search", "cellcolony.methods")


def register_guided(name: str, of: str, settings: type, summary: str) -> None:
    """Register a control that is the same method, guided otherwise.

    Args:
        name: What it is called: its kind, a hyphen, the method's name.
        of: The method's name; it is registered.
        settings: The class of the control's settings: it is made from those of the method, and
            has them as they guide otherwise, `raced`.
        summary: What it does, in one line.
    """
    method = METHODS[of]
    METHODS.register(name)(
        replace(
            method,
            settings=settings,
            start=lambda settings, *rest: method.start(settings.raced, *rest),
            restore=lambda settings, *rest: method.restore(settings.raced, *rest),
            summary=summary,
            control_of=of,
            begin_with=None,
            like=settings,
            cells=lambda settings: method.cells(settings.raced),
            efforts=lambda settings: method.efforts(settings.raced),
            title="",
        )
    )


def check_begins_with(name: str) -> None:
    """Check that a method can begin with given genomes.

    Raises:
        ConfigError: It cannot; the message names those that can.
    """
    if METHODS[name].begin_with is None:
        genome = METHODS[name].genome
        able = [
            one for one in METHODS.names()
            if METHODS[one].begin_with is not None and METHODS[one].genome == genome
        ]  # fmt: skip
        raise ConfigError(
            f"The method {name!r} makes all its candidates itself and cannot start from given "
            f"ones. Methods that can: {', '.join(able) or 'none for its kind of genome'}."
        )


def method_of(settings: object) -> tuple[str, Method]:
    """Return the method that settings belong to, with its name.

    Raises:
        ConfigError: They belong to none.
    """
    for name in METHODS.names():
        if type(settings) is METHODS[name].settings:
            return name, METHODS[name]
    known = ", ".join(METHODS[name].settings.__name__ for name in METHODS.names())
    raise ConfigError(
        f"The settings of a search must be one of: {known}. Got {type(settings).__name__}."
    )


def control_of(settings: object, kind: str = "random") -> Any:
    """Return the settings of the control of a search: the same space, and nothing learned.

    Args:
        settings: Those of the search.
        kind: Which control, the first word of its name: "random" is `random` for ants and
            `random-trees` for nodes.

    Raises:
        ConfigError: The search has no such control.
    """
    own, _ = method_of(settings)
    controls = {
        name: METHODS[name] for name in METHODS.names() if METHODS[name].control_of is not None
    }
    likes = {
        name.partition("-")[0]: control.like
        for name, control in controls.items()
        if control.control_of == own and control.like is not None
    }
    if kind in likes:
        return likes[kind](settings)
    having = sorted({str(control.control_of) for control in controls.values()})
    raise ConfigError(
        f"The method {own!r} has no control {kind!r}. Methods that have one: {', '.join(having)}."
        + did_you_mean(kind, likes)
    )
