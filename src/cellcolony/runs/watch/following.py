"""Follow a study from outside, by the files of its directory alone: which stage, and how far."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, cast

from cellcolony.errors import RunError, brief
from cellcolony.layers.epoch import perplexity
from cellcolony.runs import directory
from cellcolony.runs.config_file import read_config
from cellcolony.runs.directory import Outcome, read_outcome
from cellcolony.runs.events import ItemDone, SearchEnded, SearchStarted, Share, StageStarted
from cellcolony.runs.items import READINGS
from cellcolony.runs.journal import STAGE, Line
from cellcolony.runs.watch.finals import FinalsFollowing, title_of
from cellcolony.runs.watch.searching import SearchFollowing, time_of
from cellcolony.runs.watch.states import (
    FINALS,
    SCORES,
    SEARCH,
    Pace,
    StageState,
    seconds_left,
    title_of_stage,
)
from cellcolony.runs.watch.tally import Told, ToldAnew
from cellcolony.runs.within import SearchWithin
from cellcolony.settings import MOST
from cellcolony.store import foreign
from cellcolony.store.reading import readable
from cellcolony.store.snapshot import CHECKPOINT


@dataclass(frozen=True)
class StudyEnded:
    """The study is over.

    Attributes:
        outcome: How it ended.
    """

    outcome: Outcome


Seen: TypeAlias = SearchStarted | Told | SearchEnded | StageStarted | ItemDone | Share | StudyEnded


class Following:
    """Looks at a run directory, and tells what has happened since the last look.

    It writes nothing and takes no lock: even a shared one, held for a moment, could make a master
    be refused. Of journals it reads what was appended.

    Args:
        path: The run directory.

    Attributes:
        search: The study's own search, and the lines of its journal.
        within: The searches within it that have begun, by folder: that of a control, for instance.
        outcome: How the study ended; None before.

    Raises:
        RunError: It is no run directory, or its settings cannot be read.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        _check_is_run(self.path)
        self._read_config()
        self.search = SearchFollowing(self.path, self._config)
        self._written = 0.0
        self._begin()

    def _begin(self) -> None:
        self.within: dict[str, SearchFollowing] = {}
        self.outcome: Outcome | None = None
        self._finals = FinalsFollowing(self.path)
        self._under_way = self.search
        self._reached = 0  # the place of the stage under way
        self._ended: set[str] = set()  # the folders of the searches within that have ended
        self._counts: dict[str, tuple[int, int]] = {}  # of each stage: items done, and items
        self._paces: defaultdict[str, Pace] = defaultdict(Pace)

    def _read_config(self) -> None:
        self._config_written = time_of(self.path / directory.CONFIG)
        self._config = read_config(self.path)
        self._places = {stage.name: place for place, stage in enumerate(self._config.stages)}
        self._searches: dict[str, list[SearchWithin]] = {
            stage.name: [*cast("Any", stage).searches(self._config)]
            for stage in self._config.stages
            if hasattr(stage, "searches")
        }

    @property
    def has_ended(self) -> bool:
        """Whether the study is over."""
        return self.outcome is not None

    @property
    def has_begun(self) -> bool:
        """Whether a candidate was asked, or a stage was begun."""
        return bool(self.search.tally.n_asked or self._counts or self._finals.written)

    @property
    def seconds(self) -> float:
        """How long the search that was under way last had taken at its last line."""
        return self._under_way.tally.seconds

    @property
    def quiet_seconds(self) -> float:
        """How long ago the study last wrote something that tells how far it is."""
        return max(0.0, time.time() - self._written)

    @property
    def stages(self) -> list[StageState]:
        """How each stage stands, in their order."""
        return [self._state(name, place) for name, place in self._places.items()]

    def look(self) -> Iterator[Seen]:
        """Yield what has happened since the last look.

        Raises:
            RunError: A file is damaged, or the run is gone.
        """
        # Before the journal, whose last line is older than they are.
        outcome = _outcome_of(self.path)
        entered = self._entered()
        if time_of(self.path / directory.CONFIG) != self._config_written:
            self._read_config()  # it goes on with more epochs, for instance
            self.search.config = self._config
        goes_on = self.has_ended and outcome is None
        if goes_on:
            self.outcome = None
        for seen in self.search.look(goes_on):
            yield from self._of_study(seen)
        if entered is not None and self._reached <= self._places[entered]:
            yield from self._look_within(entered)
        yield from self._look_at_finals()
        names = directory.CONFIG, directory.RESULT, CHECKPOINT
        self._written = max(
            time_of(*(self.path / name for name in names)),
            *map(self._newest_within, self._searches),
            self.search.written,
            self._finals.written,
        )
        if outcome is not None and not self.has_ended:
            self.outcome = outcome
            yield StudyEnded(outcome)

    def _of_study(self, seen: SearchStarted | Told | Line) -> Iterator[Seen]:
        """Yield what is new in the journal of the study."""
        if isinstance(seen, Line):
            yield from self._of_stage(seen)
        elif isinstance(seen, ToldAnew):
            self._begin()
            yield seen
        elif SEARCH in self._places:
            if isinstance(seen, SearchStarted):
                self._reached, self._under_way = self._places[SEARCH], self.search
            yield seen

    def _of_stage(self, line: Line) -> Iterator[Seen]:
        """Yield what a line of a stage says."""
        name = line.light["stage"]
        if name == READINGS and SCORES in self._places:
            yield from self._reach(SCORES)
            models = line.light["result"].get("models")
            n = len(models) if isinstance(models, list) else 0
            yield StageStarted(SCORES, title_of_stage(SCORES), n, 0, False)
        if name not in self._places:
            return
        yield from self._reach(name)
        if line.event == STAGE:
            n, n_done = self._count(line, "n"), self._count(line, "done")
            self._counts[name] = (n_done, n)
            self._paces[name].begin(line.at)
            yield StageStarted(name, title_of_stage(name), n, n_done)
            return
        n_done, n = self._counts.get(name, (0, 0))
        n_done, n = n_done + 1, max(n, n_done + 1)
        self._counts[name] = (n_done, n)
        self._paces[name].item_done(line.at)
        if name == FINALS:  # its last epoch has come before
            yield from self._look_at_finals()
        key, result = line.light["key"], line.light["result"]
        yield ItemDone(name, key, _text(key, result), result, n, n_done)

    def _count(self, line: Line, key: str) -> int:
        value = line.light.get(key)
        if type(value) is not int or not 0 <= value <= MOST:
            raise RunError(
                f"{self.path / directory.JOURNAL}: the line of a stage is damaged: `{key}` must be "
                f"a whole number from 0 on. Got {brief(value)}."
            )
        return value

    def _reach(self, name: str) -> Iterator[Seen]:
        """Go to a stage; a search before it is over, and so are those of stages between."""
        place = self._places[name]
        if self._reached < place:
            for stage in self._searches:
                if self._reached <= self._places[stage] < place:
                    yield from self._look_within(stage)
            yield from self._end_of_search()
        self._reached = place

    def _end_of_search(self) -> Iterator[Seen]:
        if self._reached == self._places.get(SEARCH):
            self.search.is_over = True
            yield SearchEnded("", self.search.seconds)

    def _entered(self) -> str | None:
        """Return the stage whose searches were written after the study's own, which is over then.

        A search that goes on writes its checkpoint first, and becomes the newer one.
        """
        newest = {stage: self._newest_within(stage) for stage in self._searches}
        stage = max(newest, key=newest.__getitem__, default=None)
        if stage is None or not newest[stage]:
            return None
        names = directory.JOURNAL, CHECKPOINT
        is_newer = newest[stage] >= time_of(*(self.path / name for name in names))
        return stage if is_newer else None

    def _newest_within(self, stage: str) -> float:
        names = directory.CONFIG, directory.JOURNAL, CHECKPOINT
        folders = [self.path / search.folder for search in self._searches[stage]]
        return time_of(*(folder / name for folder in folders for name in names))

    def _look_within(self, stage: str) -> Iterator[Seen]:
        """Yield what is new in the searches of a stage, one after the other."""
        begun = [
            search
            for search in self._searches[stage]
            if (self.path / search.folder / directory.CONFIG).is_file()
        ]
        if begun and self._reached < self._places[stage]:
            for before in self._searches:
                if self._reached <= self._places[before] < self._places[stage]:
                    yield from self._look_within(before)
            yield from self._end_of_search()
            self._reached = self._places[stage]
            self._ended -= {search.folder for search in begun}
            n_done = sum(self._n_done(search) for search in begun)
            for search in begun:
                if search.folder in self.within:  # it goes on, with more candidates
                    self.within[search.folder].is_over = True
            yield StageStarted(
                stage, title_of_stage(stage), self._n_within(stage) or 0, n_done, False
            )
        for search in begun:
            yield from self._look_at_search(search)

    def _look_at_search(self, search: SearchWithin) -> Iterator[Seen]:
        path = self.path / search.folder
        if search.folder not in self.within:
            with readable(f"{path}: the search"):
                foreign.refuse_leading_out(path, self.path)
            own = SearchFollowing(path, read_config(path), search.title)
            self.within[search.folder] = own
        own, outcome = self.within[search.folder], _outcome_of(path)
        for seen in own.look():
            if isinstance(seen, SearchStarted):
                self._under_way = own
            if not isinstance(seen, Line):
                yield seen
        if outcome is None or search.folder in self._ended:
            return
        if own.tally.n_done >= self._least_within(search):
            self._ended.add(search.folder)
            own.is_over = True
            yield SearchEnded(outcome.reason, outcome.search_seconds, outcome.interrupted)

    def _n_done(self, search: SearchWithin) -> int:
        own = self.within.get(search.folder)
        return 0 if own is None else own.tally.n_done

    def _least_within(self, search: SearchWithin) -> int:
        """Return how many candidates a search within has at its end, as far as that is known."""
        return self.search.tally.n_done if search.is_counted else 0

    def _n_within(self, stage: str) -> int | None:
        """Return how many candidates the searches of a stage have in all; None if not known."""
        known = [self._least_within(search) for search in self._searches[stage]]
        return sum(known) if all(known) else None

    def _look_at_finals(self) -> Iterator[Share]:
        finals: Any = self._config.stage(FINALS)
        if finals is not None:
            yield from self._finals.look(finals.training.schedule.epochs)

    def _state(self, name: str, place: int) -> StageState:
        title = title_of_stage(name)
        if self.has_ended or place < self._reached:
            return StageState(title, "done")
        n_done, n = self._count_of(name)
        if place > self._reached:
            return StageState(title, "to come", seconds=self._seconds_left(name, 0, None))
        if n is not None and n_done >= n > 0:
            return StageState(title, "done")
        return StageState(title, "under way", n_done, n, self._seconds_left(name, n_done, n))

    def _count_of(self, name: str) -> tuple[int, int | None]:
        if name == SEARCH:
            return self.search.tally.n_done, self._n_of_search()
        if name in self._searches:
            n_done = sum(self._n_done(search) for search in self._searches[name])
            return n_done, self._n_within(name)
        n_done, n = self._counts.get(name, (0, 0))
        return n_done, n or None

    def _n_of_search(self) -> int | None:
        """Return after how many candidates the search ends; None if not known."""
        header = self.search.header
        of_method = self._config.method_entry.n_candidates(self._config.method)
        limits = [of_method, None if header is None else header.budget.n_networks]
        return min((one for one in limits if one is not None), default=None)

    def _seconds_left(self, name: str, n_done: int, n: int | None) -> float | None:
        """Return about how long what is left of a stage takes; None if not known."""
        if name == SEARCH:
            return seconds_left(self.search, n)
        if name in self._searches:
            return self._seconds_within(self._searches[name])
        finals: Any = self._config.stage(name)
        if name == FINALS and n is not None:
            header = self.search.header
            workers = min(n - n_done, (header and header.workers) or 1)
            return self._finals.seconds_of(n * finals.training.schedule.epochs, workers)
        return None if n is None else self._paces[name].seconds_of(n - n_done)

    def _seconds_within(self, searches: Sequence[SearchWithin]) -> float | None:
        """Return about how long searches go on that have as much to spend as the study's own."""
        left = seconds_left(self.search, self._n_of_search())
        total = 0.0
        for search in searches:
            own, n = self.within.get(search.folder), self._least_within(search)
            if own is not None and (found := seconds_left(own, n or None)) is not None:
                total += found
            elif left is None:
                return None
            else:
                had = 0.0 if own is None else own.seconds
                total += max(self.search.seconds + left - had, 0.0)
        return total


def _text(key: str, result: Mapping[str, Any]) -> str:
    """Say what the journal tells of an item; its key ends with a digest where it has one."""
    name, _, digest = key.rpartition(" ")
    is_digest = len(digest) == 16 and all(letter in "0123456789abcdef" for letter in digest)
    what = title_of(name if is_digest else key)
    if "failure" in result:
        return f"{what} failed: {result['failure']}."
    for part, split in (("valid_loss", "validation"), ("test_loss", "test")):
        loss = result.get(part)
        if isinstance(loss, float):
            return f"{what}: final perplexity {perplexity(loss):.2f} on {split}."
    return f"{what} is done."


def _outcome_of(run: Path) -> Outcome | None:
    """Return how a study ended; None for one that has not, or goes on."""
    try:
        return read_outcome(run)
    except RunError:
        if not (run / directory.RESULT).exists():  # a run that goes on removes it
            return None
        raise


def _check_is_run(path: Path) -> None:
    """Check that a folder is a run directory, and say what it is otherwise.

    Raises:
        RunError: It is none.
    """
    if (path / directory.CONFIG).is_file():
        return
    if not path.exists():
        raise RunError(
            f"{path} does not exist. A study makes its run directory before its first candidate "
            "is trained: has it come so far?"
        )
    seeds = [run.parent for run in path.glob(f"seed-*/{directory.CONFIG}")]
    if seeds:
        known = ", ".join(map(str, sorted(seeds, key=lambda run: (len(run.name), run.name))))
        raise RunError(f"{path} holds a run for each of several seeds: watch one of {known}.")
    raise RunError(f"{path} is no run directory: it has no {directory.CONFIG}.")
