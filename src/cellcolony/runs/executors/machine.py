"""Who works elsewhere: workers must run the same program, and say what processor they have."""

from __future__ import annotations

import platform
import socket
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib import metadata
from typing import Any

from cellcolony.errors import RunError
from cellcolony.version import VERSION

PACKAGES = {"NumPy": "numpy", "Numba": "numba", "llvmlite": "llvmlite", "torch": "torch"}
"""What results depend on beside our own code, by the name that a message uses."""
MIXED = "--mixed-cpus"


@dataclass(frozen=True)
class Machine:
    """A machine, as its workers tell of it.

    Attributes:
        host: Its name.
        cpu: The type of its processor, as the compiler calls it.
        versions: The versions of what results depend on; a package that is not there has none.
    """

    host: str
    cpu: str
    versions: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return asdict(self)

    def others(self, theirs: Mapping[str, str]) -> list[str]:
        """Return the names of what has other versions elsewhere.

        Torch is compared where both have it: time series need none.
        """
        names = dict.fromkeys((*self.versions, *theirs))
        if not ("torch" in self.versions and "torch" in theirs):
            names.pop("torch", None)
        return [name for name in names if self.versions.get(name) != theirs.get(name)]


@cache
def this_machine() -> Machine:
    """Return the machine of this process."""
    from llvmlite import binding

    versions = {"cellcolony": VERSION, "Python": ".".join(platform.python_version_tuple()[:2])}
    for name, package in PACKAGES.items():
        try:
            versions[name] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return Machine(socket.gethostname(), binding.get_host_cpu_name(), versions)


@dataclass
class Crowd:
    """The machines that have worked.

    Attributes:
        is_strict: Whether results must be the same whoever works: a processor of another type is
            then refused.
        may_mix: Whether processors may differ all the same.
        own: What this process runs.
        cpus: The types of processors that have worked, each with the first host that has it.
    """

    is_strict: bool
    may_mix: bool = False
    own: Machine = field(default_factory=this_machine)
    cpus: dict[str, str] = field(default_factory=dict)
    _news: deque[str] = field(default_factory=deque)

    def check(self, told: Mapping[str, Any]) -> None:
        """Take in what a worker tells of its machine.

        Raises:
            RunError: Its results cannot stand beside the others'.
        """
        machine = Machine(**told)
        if names := self.own.others(machine.versions):
            said = ", ".join(
                f"{name} {machine.versions.get(name, 'is missing')} (here "
                f"{self.own.versions.get(name, 'it is missing')})"
                for name in names
            )
            raise RunError(
                f"A worker on {machine.host} runs another program: {said}. Install the same "
                "versions there. What was done is safe: `cellcolony resume` goes on."
            )
        if machine.cpu in self.cpus:
            return
        if self.cpus and not self.may_mix:
            cpu, host = next(iter(self.cpus.items()))
            differ = (
                f"Workers have processors of different types: {host} {cpu}, {machine.host} "
                f"{machine.cpu}. Their kernels round differently, so the same candidate may come "
                "out otherwise."
            )
            if self.is_strict:
                raise RunError(
                    f"{differ} In strict order that is refused: use workers of one type, or say "
                    f"{MIXED}. What was done is safe: `cellcolony resume` goes on."
                )
            self.tell(differ)
        self.cpus[machine.cpu] = machine.host

    def tell(self, text: str) -> None:
        """Let the user know something."""
        self._news.append(text)

    def news(self) -> Sequence[str]:
        """Return what the user was not told yet."""
        return [self._news.popleft() for _ in range(len(self._news))]
