"""A registry holds the members of one kind: those of a folder, and those that other packages bring.

A member of this package is one file of the kind's folder. Another package brings a member by an
entry point in its `pyproject.toml`, whose name is the member's and whose value is the module that
registers it:

    [project.entry-points."cellcolony.cells"]
    my_cell = "my_package.my_cell"
"""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from functools import cache, cached_property
from importlib import metadata
from types import ModuleType
from typing import Any, Generic, TypeVar, cast

from cellcolony.errors import ConfigError, did_you_mean

T = TypeVar("T")
M = TypeVar("M")
REGISTRIES: list[Registry[Any]] = []
"""All registries, so that a study can say which of its members come from other packages."""


class Registry(Generic[T]):
    """The members of one kind by name.

    A member registers itself where it is defined, so a new member is one new file and nothing else
    is edited. Files are imported when a name is first asked for: the file of that name alone if
    there is one, then the whole folder, then the other packages.

    Args:
        kind: What the members are called in an error ("cell", "pheromone scheme").
        package: The folder that is searched, as a package name.
        entry_points: The group of entry points by which other packages bring members
            ("cellcolony.cells"); None where they bring none.
    """

    def __init__(self, kind: str, package: str, entry_points: str | None = None) -> None:
        self.kind = kind
        self.package = package
        self._group = entry_points
        self._members: dict[str, T] = {}
        self._of_folder: set[str] = set()
        self._origins: dict[str, tuple[str, str]] = {}
        self._whole_folder_is_loaded = False
        REGISTRIES.append(self)

    def register(self, name: str) -> Callable[[M], M]:
        """Return a decorator that files a member under `name`.

        Raises:
            ConfigError: The name is taken.
        """

        def decorate(member: M) -> M:  # a class keeps its own type
            if name in self._members and self._members[name] is not member:
                raise ConfigError(f"The {self.kind} {name!r} is registered twice.")
            self._members[name] = cast("T", member)
            return member

        return decorate

    def names(self) -> tuple[str, ...]:
        """Return the names of all members, sorted; other packages are not imported for it."""
        self._load_folder()
        return tuple(sorted({*self._members, *self._entry_points}))

    def own_names(self) -> tuple[str, ...]:
        """Return the names of all members that no entry point brings, sorted."""
        self._load_folder()
        return tuple(sorted({*self._members} - {*self._origins, *self._entry_points}))

    def __getitem__(self, name: str) -> T:
        """Return the member called `name`.

        Raises:
            ConfigError: There is none, and the message names the nearest one; or the package that
                brings it cannot be loaded.
        """
        if name not in self._members and name in self._modules:
            self._load_file(name)
        if name not in self._members:
            self._load_folder()
        if name not in self._members and name in self._entry_points:
            self._load_entry_point(name)
        if name not in self._members:
            raise ConfigError(
                f"There is no {self.kind} {name!r}.{did_you_mean(name, self.names())}"
            )
        return self._members[name]

    def __contains__(self, name: object) -> bool:
        """Say whether there is such a member; another package is not imported for it."""
        return name in self._members or name in self.names()

    def origin(self, name: str) -> tuple[str, str] | None:
        """Return the name and the version of the package that brings a member; None for ours.

        Raises:
            ConfigError: There is no such member.
        """
        if name not in self:
            self[name]  # raises
        if name in self._entry_points:
            return _package_of(self._entry_points[name][0])
        return self._origins.get(name)

    def package_of(self, name: str) -> str | None:
        """Return the package, and its version, that an entry point of this name is from.

        Returns:
            None where there is no such entry point, or where we have a member of this name.
        """
        if not any(point.name == name for point in self._points) or name in self.own_names():
            return None
        return " ".join(_package_of(self._entry_points[name][0]))

    def module_of(self, name: str) -> str | None:
        """Return the module that another package brings a member by; None for ours."""
        points = self._entry_points.get(name)
        return points[0].module if points else None

    @cached_property
    def _points(self) -> tuple[metadata.EntryPoint, ...]:
        if self._group is None:
            return ()
        return tuple(_entry_points_on(tuple(sys.path)).select(group=self._group))

    @cached_property
    def _modules(self) -> frozenset[str]:
        folder = importlib.import_module(self.package)
        return frozenset(module.name for module in pkgutil.iter_modules(folder.__path__))

    @cached_property
    def _entry_points(self) -> dict[str, list[metadata.EntryPoint]]:
        """Return the entry points of the group by name, without those for names of the folder."""
        found: dict[str, list[metadata.EntryPoint]] = {}
        if self._points:
            self._load_folder()
            for point in self._points:
                if point.name not in self._of_folder and point not in found.get(point.name, ()):
                    found.setdefault(point.name, []).append(point)
        return found

    def _load_folder(self) -> None:
        if not self._whole_folder_is_loaded:
            for name in sorted(self._modules):
                self._load_file(name)
            self._whole_folder_is_loaded = True

    def _load_file(self, name: str) -> None:
        before = set(self._members)
        importlib.import_module(f"{self.package}.{name}")
        self._of_folder |= (set(self._members) - before) | ({name} & set(self._members))

    def _load_entry_point(self, name: str) -> None:
        point, *others = self._entry_points[name]
        origin = _package_of(point)
        by = f"The {self.kind} {name!r} is brought by the package {' '.join(origin)}"
        if others:
            raise ConfigError(
                f"{by} and by {' '.join(_package_of(others[0]))}. Uninstall one of them."
            )
        before = set(self._members)
        try:
            loaded = point.load()
            if name not in self._members and not isinstance(loaded, ModuleType):
                self._members[name] = loaded
        except Exception as error:  # whatever goes wrong in somebody else's module
            for new in set(self._members) - before:
                del self._members[new]
            raise ConfigError(
                f"{by}, which cannot be loaded: {type(error).__name__}: {error}"
            ) from error
        if name not in self._members:
            raise ConfigError(f"{by}, but its module {point.module} registers no such name.")
        self._origins |= dict.fromkeys(set(self._members) - before, origin)


@cache
def _entry_points_on(path: tuple[str, ...]) -> metadata.EntryPoints:
    """Return all entry points of what is installed on a path: to look for them takes some 20 ms."""
    assert path == tuple(sys.path)
    return cast(metadata.EntryPoints, metadata.entry_points())


def _package_of(point: metadata.EntryPoint) -> tuple[str, str]:
    """Return the name and the version of the installed package that has an entry point."""
    if point.dist is None:
        return point.module.partition(".")[0], "of unknown version"
    return point.dist.name, point.dist.version
