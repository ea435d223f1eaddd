"""Other methods of search as rivals: each gets as much training as the whole of the search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, ClassVar

from annotated_types import Ge, MinLen

from cellcolony.errors import ConfigError
from cellcolony.judges import JUDGES
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Restored
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import StageStarted
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.runs.within import SearchWithin, as_much
from cellcolony.search.methods import METHODS
from cellcolony.settings import DISTINCT, settings


@STAGES.register("methods")
@settings
class MethodsStage:
    """Search by other methods, each with its usual settings and the study's training.

    Each may ask for as many trainings as the search has had in all, failures included. One that
    does not train evaluates candidates by forward passes alone, and may ask for so many for each
    pass of the search's trainings over the data as it says: `Method.evaluations`.

    Attributes:
        methods: The methods, by name.
        seconds: Each search ends after so many seconds; 0 for after as much training. A study sets
            it to its budget, where that is a time alone.
    """

    name: ClassVar[str] = "methods"
    task: ClassVar[str | None] = "forecast"

    methods: Annotated[tuple[str, ...], MinLen(1), DISTINCT] = ("fixed",)
    seconds: Annotated[float, Ge(0)] = 0.0

    def check(self, config: StudyConfig) -> None:
        """Check that there are such methods, and that they search for what the study's does.

        Raises:
            ConfigError: There are none, or they do not.
        """
        for name in self.methods:
            genome = METHODS[name].genome  # raises where there is none
            if genome != config.genome:
                raise ConfigError(
                    f"A rival must search for a {config.genome}, and {name!r} searches for a "
                    f"{genome}."
                )
            if name == config.method_name:
                raise ConfigError(f"{name!r} is the study's own method, and no rival of it.")

    def searches(self, config: StudyConfig) -> tuple[SearchWithin, ...]:
        """Return the searches of the rivals of a study."""
        stages = tuple(stage for stage in config.stages if stage.name == "search")
        found = []
        for name in self.methods:
            entry = METHODS[name]
            method = entry.settings()
            if entry.n_candidates(method) is not None:  # its budget alone ends it
                method = replace(method, generations=None)
            own = replace(
                config, method=method, judge=JUDGES[entry.judge](), stages=stages, starts=()
            )
            folder, title = f"{directory.RIVALS}/{name}", entry.title or name
            passes = config.training.epochs * config.training.passes
            budget = as_much(self.seconds, _as_much_training(name, passes))
            found.append(SearchWithin(folder, title, own, budget))
        return tuple(found)

    def run(self, session: Session) -> None:
        """Search, or go on, by one method after the other.

        Raises:
            RunError: Something else stands in a folder.
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        for search in self.searches(session.config):
            much = "time" if self.seconds else "training"
            title = f"{search.title}, with as much {much}: {search.budget(session.restored)}"
            n_done = search.done(session).n_candidates
            session.emit(StageStarted(self.name, title, 0, n_done, is_journaled=False))
            search.run(session)

    def left(self, session: Session) -> int:
        """Return how many methods have not had as much training yet."""
        searches = self.searches(session.config)
        return sum(not one.has_enough(session) for one in searches)


def _as_much_training(name: str, passes: int) -> Callable[[Restored], Budget]:
    def budget(restored: Restored) -> Budget:
        n, evaluations = restored.books.n_trainings, METHODS[name].evaluations
        if evaluations is None:
            return Budget(trainings=max(1, n))
        return Budget(n_networks=max(1, round(evaluations * n * passes)))

    return budget
