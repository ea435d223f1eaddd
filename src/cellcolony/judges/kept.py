"""Files that a judge stands on: a run keeps a copy, and goes on with no others."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Protocol

from cellcolony.contract import Begin
from cellcolony.errors import RunError
from cellcolony.judges.full import PassOn


class OnWorker(Protocol):
    """The half of a judge on a worker."""

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return it on top of the task's own training."""
        ...


class StandsOnFiles(ABC):
    """A judge that needs the files of a folder, and whose half on the master promotes nobody.

    Attributes:
        kept: The files that a run directory keeps.
        holds: What they hold, in a word: "predictor".
        by_guide: Whether the best candidates of a search are those of the lowest guide.
        led_by: What the guide is, in words that follow "led by".
        digest: The SHA-256 of the files; empty before a study begins.
    """

    kept: ClassVar[tuple[str, ...]]
    holds: ClassVar[str]
    by_guide: ClassVar[bool] = True
    led_by: ClassVar[str]
    digest: str

    @property
    @abstractmethod
    def folder(self) -> str:
        """Where the files are from, by the settings."""

    @abstractmethod
    def read(self) -> dict[str, bytes]:
        """Return the files of the folder by name.

        Raises:
            RunError: It holds none.
        """

    @abstractmethod
    def of_files(self, files: Mapping[str, bytes], where: str) -> OnWorker:
        """Return the half on a worker, by what files hold.

        Args:
            files: By name.
            where: Where they are from, for errors.

        Raises:
            RunError: They hold something else.
        """

    def files(self) -> dict[str, bytes]:
        """Return the files of the folder, which are those that the study was begun with.

        Raises:
            RunError: It holds none, or others.
        """
        return checked(self.read(), self.digest, self.folder, self.holds)

    def with_files(self, files: Mapping[str, bytes], where: str) -> OnWorker:
        """Return the half on a worker with the files that a run keeps.

        Raises:
            RunError: They are not those that the study was begun with, or hold something else.
        """
        return self.of_files(checked(files, self.digest, where, self.holds), where)

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return the half on a worker, with the files of the folder."""
        return self.of_files(self.files(), self.folder).begin(train)

    def referee(self) -> PassOn:
        """Return the half on the master."""
        return PassOn()

    def restore(self, state: Mapping[str, Any]) -> PassOn:
        """Return the half on the master; it has no state."""
        return PassOn()


def digest_of(files: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of files, in the order of their names: 64 digits."""
    digest = hashlib.sha256()
    for _, content in sorted(files.items()):
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()


def checked(files: Mapping[str, bytes], digest: str, where: str, noun: str) -> dict[str, bytes]:
    """Return files, which are those that a study was begun with.

    Args:
        files: By name.
        digest: Theirs, or nothing before a study begins.
        where: Where they are from, for errors.
        noun: What they hold: "predictor".

    Raises:
        RunError: They are others.
    """
    if digest and digest_of(files) != digest:
        raise RunError(
            f"{where} holds another {noun} than the one that the study was begun with. Put that "
            f"one back: {' and '.join(files)}, whose SHA-256 is {digest[:16]}..."
        )
    return dict(files)
