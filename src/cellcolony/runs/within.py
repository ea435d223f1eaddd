"""A search within a study, with a run directory of its own: a control, or another method."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from cellcolony.contract import n_trainings
from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Restored
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.config_file import read_config
from cellcolony.runs.journal import ASKED, DONE, read_journal
from cellcolony.runs.scores import RIVAL
from cellcolony.runs.session import Session
from cellcolony.store.reading import readable
from cellcolony.store.sameness import differences


class Done(NamedTuple):
    """What a search within has had.

    Attributes:
        n_candidates: How many candidates are judged.
        n_trainings: How many trainings were asked for.
        budget: That with which it has ended; empty before.
    """

    n_candidates: int = 0
    n_trainings: int = 0
    budget: str = ""


@dataclass(frozen=True)
class SearchWithin:
    """A search within a study.

    Attributes:
        folder: Where its directory stands within that of the study: "control", "rivals/examm".
        title: What its best candidate is called in the comparison.
        config: Its configuration.
        budget: When it ends, from where the study stands whose own search has ended.
        role: Of its best candidate in the comparison: "rival" or "control".
        is_counted: Whether it ends after as many candidates as the search.
    """

    folder: str
    title: str
    config: StudyConfig
    budget: Callable[[Restored], Budget]
    role: str = RIVAL
    is_counted: bool = False

    def run(self, session: Session) -> Session:
        """Search, or go on; what was found stands in `session.within`.

        Raises:
            RunError: Something else stands in its folder.
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        with ExitStack() as stack:
            own = self._session(stack, session)
            own.record(stack)
            for stage in own.config.stages:
                stage.run(own)
            assert own.ended is not None
            if own.ended.interrupted:  # with less it would be no fair comparison
                raise KeyboardInterrupt
            own.finish()
        session.within[self.folder] = own
        return own

    def _session(self, stack: ExitStack, session: Session) -> Session:
        """Return its own session, from where an earlier one left it."""
        budget = self.budget(session.restored)
        more = {"data": session.data, "observers": session.observers, "title": self.title}
        path = None if session.path is None else session.path / self.folder
        if path is None or not self.check(session):
            own = Session.begin(self.config, session.hands, budget, path=path, **more)
            if own.config.judge == session.config.judge:  # where its settings lead may be gone
                vars(own)["judge_files"] = session.judge_files
            return own
        # Its own settings: the method's may have grown since, such as generations.
        return Session.go_on(stack, path, read_config(path), session.hands, budget, **more)

    def check(self, session: Session) -> bool:
        """Say whether an earlier session has begun it.

        Raises:
            RunError: Something else stands in its folder.
        """
        assert session.path is not None
        path = session.path / self.folder
        for one in (path, *path.parents):
            if one == session.path:
                break
            if one.is_symlink():
                raise RunError(
                    f"{one} is a link, and a run is not written to where it leads. Remove it."
                )
        directory.remove_unbegun(path)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            return False
        found = differences(read_config(path).to_compare(), self.config.to_compare())
        if found:
            raise RunError(
                f"{path} holds another search than the {self.title} of this run: "
                f"{'; '.join(found)}. Move it away."
            )
        return True

    def done(self, session: Session) -> Done:
        """Return what it has had, as far as its files tell.

        Raises:
            RunError: A line of the journal is invalid.
        """
        path = None if session.path is None else session.path / self.folder
        if path is None or not (path / directory.JOURNAL).exists():
            return Done()
        n_done = n_asked = 0
        for line in read_journal(path / directory.JOURNAL):
            n_done += line.event == DONE and not line.cut_short
            if line.event == ASKED:
                with readable(f"{path / directory.JOURNAL}: candidate {line.number}"):
                    n_asked += n_trainings(int(line.light.get("effort", 1)), line.light["how"])
        outcome = directory.read_outcome(path)
        has_ended = outcome is not None and not outcome.interrupted
        return Done(n_done, n_asked, outcome.budget if outcome is not None and has_ended else "")

    def has_enough(self, session: Session) -> bool:
        """Say whether it has had as much as its budget."""
        budget, done = self.budget(session.restored), self.done(session)
        if budget.seconds is not None:
            return done.budget == str(budget)
        return not budget.lets_ask(done.n_candidates, done.n_trainings)


def as_much(
    seconds: float, otherwise: Callable[[Restored], Budget]
) -> Callable[[Restored], Budget]:
    """Return the budget of a search within: a time, where that is not 0, or what else is meant."""
    return (lambda restored: Budget(seconds=seconds)) if seconds else otherwise


def timed(config: StudyConfig, budget: Budget) -> StudyConfig:
    """Return a study whose searches within get the time of its own, where that has a time alone.

    In strict order a study must not depend on the machine: they get as many trainings, or
    candidates. So they do where nodes are searched for.
    """
    if config.order == "strict" or config.genome != "network":
        return config
    seconds = budget.seconds if budget == Budget(seconds=budget.seconds) else None
    every: tuple[Any, ...] = config.stages
    stages = tuple(
        replace(one, seconds=seconds or 0.0)
        if hasattr(one, "searches") and hasattr(one, "seconds")
        else one
        for one in every
    )
    return replace(config, stages=stages)
