"""Observers of studies: one file a kind, fed the events that the journal and the terminal are fed.

A member of this folder registers an `ObserverKind`. Users name it, `--observe NAME` or
`--observe NAME=WHERE`, and the name is no part of the study: it may change with every session, and
no run that somebody else made can name one. What an observer does, and whether it fails, changes
nothing in a study: see `apart.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from cellcolony.errors import ConfigError, brief
from cellcolony.registry import Registry
from cellcolony.runs.events import Observer

Observing: TypeAlias = AbstractContextManager[Observer]
"""Gives what is called with every event, from one thread; leaving it ends the observation."""


@dataclass(frozen=True)
class Subject:
    """The study that is observed, or goes on to be.

    Attributes:
        name: What it is called: its run directory.
        folder: A folder that is kept with it, where an observer may keep files under its own name;
            it may be missing yet. None where nothing is kept.
        settings: Its configuration, as plain values in tables.
        digest: The same for a study that goes on, another one for every other study.
    """

    name: str
    folder: Path | None
    settings: Mapping[str, Any]
    digest: str


@dataclass(frozen=True)
class ObserverKind:
    """A kind of observer.

    Attributes:
        check: Is given what stands behind `NAME=`, else an empty text, and the subject's folder,
            before anything is begun. It raises a `ConfigError` where what is needed is missing.
        begin: Begins to observe a subject, or goes on, with the same text. It may take long, and
            whatever it raises ends the observation and nothing else.
        summary: What it does, in one line.
    """

    check: Callable[[str, Path | None], None]
    begin: Callable[[Subject, str], Observing]
    summary: str


@dataclass(frozen=True)
class Wanted:
    """An observer that a user wants.

    Attributes:
        name: What it is called in a warning.
        begin: Begins to observe a subject.
    """

    name: str
    begin: Callable[[Subject], Observing]


OBSERVERS: Registry[ObserverKind] = Registry(
    "observer", "cellcolony.runs.observers", "cellcolony.observers"
)


def wanted_observers(
    observers: Iterable[str | Observer], folder: Path | None
) -> tuple[Wanted, ...]:
    """Return the observers that a user names, or brings along.

    Args:
        observers: Names, each alone or as "NAME=WHERE"; or functions that take events.
        folder: As for `Subject`.

    Raises:
        ConfigError: There is no such observer, or what it needs is missing.
    """
    return tuple(_named(one, folder) if isinstance(one, str) else _own(one) for one in observers)


def _named(text: str, folder: Path | None) -> Wanted:
    name, _, where = text.partition("=")
    kind = OBSERVERS[name]
    kind.check(where, folder)
    return Wanted(name, lambda subject: kind.begin(subject, where))


def _own(observer: Observer) -> Wanted:
    if not callable(observer):
        raise ConfigError(
            "An observer must be the name of one, or a function that takes an event. "
            f"Got {brief(observer)}."
        )
    name = getattr(observer, "__qualname__", type(observer).__qualname__)
    return Wanted(name, lambda _: nullcontext(observer))
