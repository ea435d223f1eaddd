"""A stage of a study: what is done in it, at its own grain, from where an earlier session left it.

A stage is a frozen dataclass of settings, registered in `runs/stages/` or in another package. The
search is a stage; so are its control, rivals, final trainings and scores. What a stage has done
stands in the journal, an `item` for each part, whose key holds all that the result depends on: a
session that goes on does only what has no item.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple, Protocol

from cellcolony.registry import Registry


class Outlook(NamedTuple):
    """What a stage is going to do.

    Attributes:
        text: In words, for a list.
        seconds: How long it will take, about, on one worker.
    """

    text: str
    seconds: float


class Stage(Protocol):
    """The settings of a stage.

    Attributes:
        name: What it is called in `config.toml` and in the journal.
        task: The kind of task that it is for; None for any.

    One that fits not every study of such a task may have a method `check(config)`, which raises a
    ConfigError where it does not fit. One that follows a search may have a method
    `outlook(session, seconds)`, which returns an `Outlook`, where a training by the settings
    took so many seconds in the mean; before any was done, it is 0.
    """

    name: ClassVar[str]
    task: ClassVar[str | None]

    def run(self, session: Any) -> None:
        """Do what is left to do (in a `Session`).

        Raises:
            RunError: Something cannot be done.
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        ...

    def left(self, session: Any) -> int:
        """Return how many items are not done yet; no data are read for it."""
        ...


STAGES: Registry[type[Stage]] = Registry("stage", "cellcolony.runs.stages", "cellcolony.stages")
