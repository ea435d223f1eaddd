"""The control: a search of the same space that learns nothing, with as many candidates.

What the method finds better than its control is what its guidance is worth.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Restored
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import StageStarted
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.runs.within import SearchWithin
from cellcolony.search.methods import control_of
from cellcolony.settings import settings

TITLES = {"random": "random search"}
"""What the control's best candidate is called in the comparison."""


@STAGES.register("control")
@settings
class ControlStage:
    """Search by the control of the study's method.

    Attributes:
        method: Which control.
    """

    name: ClassVar[str] = "control"
    task: ClassVar[str | None] = None

    method: str = "random"

    @property
    def title(self) -> str:
        """What the control's best candidate is called in the comparison."""
        return TITLES.get(self.method, self.method)

    def check(self, config: StudyConfig) -> None:
        """Check that the study's method has such a control.

        Raises:
            ConfigError: It has not.
        """
        control_of(config.method, self.method)

    def searches(self, config: StudyConfig) -> tuple[SearchWithin]:
        """Return the search of the control of a study."""
        stages = tuple(stage for stage in config.stages if stage.name == "search")
        own = replace(config, method=control_of(config.method, self.method), stages=stages)
        return (SearchWithin(directory.CONTROL, self.title, own, _as_many_candidates),)

    def run(self, session: Session) -> None:
        """Search, or go on, until the control has had as many candidates as the search.

        Raises:
            RunError: Something else stands in its folder.
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        n = session.restored.books.n_done
        (search,) = self.searches(session.config)
        title = f"{self.title.capitalize()} over the same space: {n:,} candidates"
        session.emit(StageStarted(self.name, title, n, search.done(session)[0], is_journaled=False))
        own = search.run(session)
        session.notes["control_candidates"] = own.restored.books.n_done
        session.notes["control_seconds"] = round(own.outcome.search_seconds, 3)

    def left(self, session: Session) -> int:
        """Return how many candidates the control has not judged yet."""
        (search,) = self.searches(session.config)
        return max(0, session.restored.books.n_done - search.done(session)[0])


def _as_many_candidates(restored: Restored) -> Budget:
    return Budget(n_networks=restored.books.n_done)
