"""A registry of one kind of thing: a folder in which every file registers its member."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Generic, TypeVar

from cellcolony.errors import ConfigError, did_you_mean

T = TypeVar("T")


class Registry(Generic[T]):
    """The members of an extension folder by name.

    A member registers itself where it is defined. The folder's files are imported when a name is
    first asked for, so a new member is one new file and nothing else is edited.

    Args:
        kind: What the members are called in an error ("cell", "pheromone scheme").
        package: The folder that is searched, as a package name.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self._package = package
        self._members: dict[str, T] = {}
        self._discovered = False

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that files a member under `name`.

        Raises:
            ConfigError: The name is taken.
        """

        def decorate(member: T) -> T:
            if name in self._members and self._members[name] is not member:
                raise ConfigError(f"The {self.kind} {name!r} is registered twice.")
            self._members[name] = member
            return member

        return decorate

    def names(self) -> tuple[str, ...]:
        """Return the names of all members, sorted."""
        self._discover()
        return tuple(sorted(self._members))

    def __getitem__(self, name: str) -> T:
        """Return the member called `name`.

        Raises:
            ConfigError: There is none; the message names the nearest one.
        """
        if name not in self._members:
            self._discover()
        if name not in self._members:
            raise ConfigError(
                f"There is no {self.kind} {name!r}.{did_you_mean(name, self.names())}"
            )
        return self._members[name]

    def _discover(self) -> None:
        if self._discovered:
            return
        self._discovered = True
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{self._package}.{module.name}")
