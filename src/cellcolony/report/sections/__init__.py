"""The sections of a report, one a file: a new file is a new section, and nothing else is edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from cellcolony.registry import Registry
from cellcolony.report.blocks import Block, Content
from cellcolony.runs.result import Result

Place = Literal["page", "show", "final", "why"]
"""Where a section is shown: on the HTML page, by `cellcolony show`, at the end of a search, or by
`cellcolony show --why`."""
EVERYWHERE: tuple[Place, ...] = ("page", "show", "final")

Make = Callable[[Result], Sequence[Block]]
M = TypeVar("M", bound=Make)
Title = str | Callable[[Result], str]


@dataclass(frozen=True)
class Section:
    """A part of a report.

    Attributes:
        title: Its heading on a page, or what makes it of the study; empty for what stands above all
            others.
        order: Sections are sorted by it, from small to large.
        on: Where it is shown.
        make: Returns its blocks; none where it has nothing to say of a run.
    """

    title: Title
    order: int
    on: tuple[Place, ...]
    make: Make

    def heading(self, result: Result) -> str:
        """Return the heading for a study."""
        return self.title if isinstance(self.title, str) else self.title(result)


SECTIONS: Registry[Section] = Registry("section of a report", "cellcolony.report.sections")


def section(
    name: str, title: Title = "", *, order: int, on: tuple[Place, ...] = EVERYWHERE
) -> Callable[[M], M]:
    """Return a decorator that makes a function a section; see `Section`."""

    def decorate(make: M) -> M:
        SECTIONS.register(name)(Section(title, order, on, make))
        return make

    return decorate


def contents(result: Result, place: Place) -> list[Content]:
    """Return what the sections of one place show of a run, in order; empty ones are left out.

    Raises:
        RunError: A file of the run directory is broken.
    """
    found = [(name, SECTIONS[name]) for name in SECTIONS.names()]
    shown = sorted((one for one in found if place in one[1].on), key=lambda one: one[1].order)
    made = [Content(name, one.heading(result), one.make(result)) for name, one in shown]
    return [content for content in made if content.blocks]
