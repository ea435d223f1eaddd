"""The controls: searches of the same space that learn nothing, with as much to spend.

What the method finds better than its control is what its guidance is worth.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, ClassVar

from annotated_types import Ge

from cellcolony.errors import ConfigError
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Restored
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import StageStarted
from cellcolony.runs.scores import CONTROL
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES, Outlook
from cellcolony.runs.within import SearchWithin, as_much
from cellcolony.search.methods import control_of
from cellcolony.settings import settings

USUAL, OFF, WALK, KNOWN = "random", "off", "walk", "known"
TITLES = {
    USUAL: "random search",
    OFF: "search off",
    WALK: "walk without selection",
    KNOWN: "mixture of LSTM and GRU",
}
"""What a control's best candidate is called in the comparison."""


@STAGES.register("control")
@settings
class ControlStage:
    """Search by the controls of the study's method.

    Attributes:
        method: Which control, or several with commas between: "random,off".
        seconds: Each ends after so many seconds; 0 for after as many candidates as the search had,
            or as much training, where its candidates are trained for different times. A study sets
            it to its budget, where that is a time alone.
    """

    name: ClassVar[str] = "control"
    task: ClassVar[str | None] = None

    method: str = USUAL
    seconds: Annotated[float, Ge(0)] = 0.0

    @property
    def kinds(self) -> tuple[str, ...]:
        """The controls."""
        return tuple(one.strip() for one in self.method.split(","))

    def check(self, config: StudyConfig) -> None:
        """Check that the study's method has such controls.

        Raises:
            ConfigError: It has not, or one is named twice.
        """
        for kind in self.kinds:
            control_of(config.method, kind)
        if len(set(self.kinds)) < len(self.kinds):
            raise ConfigError(f"`method` must name each control once. Got {self.method!r}.")

    def outlook(self, session: Session, seconds: float) -> Outlook:
        """Return what is going to be done."""
        each = self.seconds * session.hands.workers or seconds * session.restored.books.n_trainings
        titles = " and ".join(TITLES.get(kind, kind) for kind in self.kinds)
        return Outlook(f"{titles} with as much to spend", len(self.kinds) * each)

    def searches(self, config: StudyConfig) -> tuple[SearchWithin, ...]:
        """Return the searches of the controls of a study."""
        stages = tuple(stage for stage in config.stages if stage.name == "search")
        is_uneven = config.method_entry.uneven
        return tuple(
            SearchWithin(
                directory.CONTROL if kind == USUAL else f"{directory.CONTROL}-{kind}",
                TITLES.get(kind, kind),
                replace(config, method=control_of(config.method, kind), stages=stages, starts=()),
                as_much(self.seconds, _as_much_training if is_uneven else _as_many_candidates),
                CONTROL,
                not (self.seconds or is_uneven),
            )
            for kind in self.kinds
        )

    def run(self, session: Session) -> None:
        """Search, or go on, until each control has had as much as the search.

        Raises:
            RunError: Something else stands in a folder.
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        for search in self.searches(session.config):
            n = session.restored.books.n_done if search.is_counted else 0
            much = f"{n:,} candidates" if n else str(search.budget(session.restored))
            title = f"{search.title.capitalize()} over the same space: {much}"
            n_done = search.done(session).n_candidates
            session.emit(StageStarted(self.name, title, n, n_done, is_journaled=False))
            own = search.run(session)
            if search.folder == directory.CONTROL:
                session.notes["control_candidates"] = own.restored.books.n_done
                session.notes["control_seconds"] = round(own.outcome.search_seconds, 3)

    def left(self, session: Session) -> int:
        """Return how many candidates the controls lack; if they are not counted, how many do."""
        n = session.restored.books.n_done
        return sum(
            max(0, n - search.done(session).n_candidates)
            if search.is_counted
            else not search.has_enough(session)
            for search in self.searches(session.config)
        )


def _as_much_training(restored: Restored) -> Budget:
    return Budget(trainings=max(1, restored.books.n_trainings))


def _as_many_candidates(restored: Restored) -> Budget:
    return Budget(n_networks=restored.books.n_done)
