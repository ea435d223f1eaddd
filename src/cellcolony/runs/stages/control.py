"""The control: a search of the same space that learns nothing, with as many candidates.

What the method finds better than its control is what its guidance is worth.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.config import StudyConfig, read_config
from cellcolony.runs.events import StageStarted
from cellcolony.runs.journal import DONE, read_journal
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES
from cellcolony.search.methods import control_of
from cellcolony.settings import settings
from cellcolony.store.sameness import differences

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

    def config(self, config: StudyConfig) -> StudyConfig:
        """Return the configuration of the control of a study."""
        stages = tuple(stage for stage in config.stages if stage.name == "search")
        return replace(config, method=control_of(config.method, self.method), stages=stages)

    def run(self, session: Session) -> None:
        """Search, or go on, until the control has had as many candidates as the search.

        Raises:
            RunError: Something else stands in its folder.
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        n = session.restored.books.n_done
        title = f"{self.title.capitalize()} over the same space: {n:,} candidates"
        session.emit(StageStarted(self.name, title, n, self._n_done(session), is_journaled=False))
        with ExitStack() as stack:
            own = self._session(stack, session, n)
            own.record(stack)
            for stage in own.config.stages:
                stage.run(own)
            ended = own.ended
            assert ended is not None
            if ended.interrupted:  # with fewer candidates it would be no fair control
                raise KeyboardInterrupt
            own.finish()
        session.control = own
        session.notes["control_candidates"] = own.restored.books.n_done
        session.notes["control_seconds"] = round(ended.seconds, 3)

    def left(self, session: Session) -> int:
        """Return how many candidates the control has not judged yet."""
        return max(0, session.restored.books.n_done - self._n_done(session))

    def _n_done(self, session: Session) -> int:
        path = None if session.path is None else session.path / directory.CONTROL
        if path is None or not (path / directory.JOURNAL).exists():
            return 0
        lines = read_journal(path / directory.JOURNAL)
        return sum(line.event == DONE and not line.cut_short for line in lines)

    def _session(self, stack: ExitStack, session: Session, n: int) -> Session:
        """Return the control's own session, from where an earlier one left it."""
        config, budget = self.config(session.config), Budget(n_networks=n)
        more = {"data": session.data, "observers": session.observers, "title": self.title}
        path = None if session.path is None else session.path / directory.CONTROL
        if path is None or not check_control(path, config):
            return Session.begin(config, session.hands, budget, path=path, **more)
        # Its own settings: the method's may have grown since, such as generations.
        return Session.go_on(stack, path, read_config(path), session.hands, budget, **more)


def check_control(path: Path, config: StudyConfig) -> bool:
    """Say whether an earlier session has begun the control.

    Args:
        path: Where its directory stands, or is to stand.
        config: The configuration of the control.

    Raises:
        RunError: Something else stands there.
    """
    if path.is_symlink():
        raise RunError(f"{path} is a link, and a run is not written to where it leads. Remove it.")
    directory.remove_unbegun(path)
    if not path.exists():
        return False
    found = differences(read_config(path).to_compare(), config.to_compare())
    if found:
        raise RunError(
            f"{path} holds another search than the control of this run: {'; '.join(found)}. "
            "Move it away."
        )
    return True
