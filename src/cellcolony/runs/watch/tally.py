"""Count what the lines of a journal say, without genomes and weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cellcolony.errors import brief
from cellcolony.judges.saved import read_structure
from cellcolony.runs.genomes import KINDS, size_of
from cellcolony.runs.journal import ASKED, DONE, Line
from cellcolony.store.reading import DAMAGE


@dataclass(frozen=True)
class AskedLine:
    """The journal says that a candidate was asked.

    Attributes:
        entropy: How even the search's choices were, 0 to 1; None where it does not say.
        generation: To which generation it belongs; None where it does not say.
    """

    entropy: float | None
    generation: int | None = None


@dataclass(frozen=True)
class DoneLine:
    """The journal says what became of a candidate.

    Attributes:
        number: The candidate's.
        loss: Its validation loss; None for a failure.
        size: Its genome's; 0 where an earlier loss is as low, and nobody asks.
    """

    number: int
    loss: float | None
    size: int = 0


@dataclass(frozen=True)
class ToldAnew:
    """What was told of a search does not hold any more, but for the counts that follow.

    Attributes:
        title: What the search is called.
    """

    title: str = "Search"


Told: TypeAlias = AskedLine | DoneLine | ToldAnew


class Tally:
    """Takes in the lines of a search in their order.

    It keeps where the lines of the candidates in training stand, and no genome: the memory that
    this takes does not grow with the run.

    Args:
        kind: The kind of genome that is searched for.

    Attributes:
        seconds: How long the search had taken at the last line.
        n_asked: How many candidates were asked.
        n_done: How many were judged, failures included.
        n_failed: How many of those are failures.
    """

    def __init__(self, kind: str) -> None:
        self.seconds = 0.0
        self.n_asked = self.n_done = self.n_failed = 0
        self._kind = kind
        self._places: dict[int, int] = {}
        self._least = math.inf
        self._cut_short: set[int] = set()
        self._before_cut = (0, 0)

    def take(self, line: Line, read: Callable[[int], Line]) -> Iterator[Told]:
        """Yield what a line says: one of a candidate that was asked, or done.

        Args:
            line: The line.
            read: Returns the line that begins at a byte.

        Raises:
            One of `DAMAGE`: The line is invalid.
        """
        self.seconds = max(self.seconds, line.at)
        if self._cut_short and (not line.cut_short or line.number in self._cut_short):
            yield self._forget_cut_short()
        if line.cut_short:
            if not self._cut_short:
                self._before_cut = (self.n_done, self.n_failed)
            self._cut_short.add(line.number)
        if line.event == ASKED:
            yield self._asked(line)
        else:
            assert line.event == DONE
            yield self._done(line, read)

    def _forget_cut_short(self) -> ToldAnew:
        """Forget the trainings that an end cut short, as the run goes on and trains them again.

        They are written down only where nothing had succeeded before.
        """
        self.n_done, self.n_failed = self._before_cut
        self._least = math.inf
        self._cut_short.clear()
        return ToldAnew()

    def _asked(self, line: Line) -> AskedLine:
        if line.number != self.n_asked:
            raise ValueError(f"candidate {self.n_asked} is next. Got {line.number}")
        self.n_asked += 1
        self._places[line.number] = line.place
        how = line.light.get("how")
        if not isinstance(how, dict):
            raise ValueError(f"`how` must be a table. Got {brief(how)}")
        entropy = None if how.get("entropy") is None else _finite(how, "entropy")
        generation = how.get("generation")
        if generation is not None and type(generation) is not int:
            raise ValueError(f"`generation` must be a whole number. Got {brief(generation)}")
        return AskedLine(entropy, generation)

    def _done(self, line: Line, read: Callable[[int], Line]) -> DoneLine:
        number = line.number
        if number not in self._places:
            raise ValueError(f"candidate {number} was not asked, or was judged before")
        place = self._places[number] if line.cut_short else self._places.pop(number)
        self.n_done += 1
        if "failure" in line.light:
            self.n_failed += 1
            return DoneLine(number, None)
        loss = _finite(line.light, "loss")
        if loss >= self._least:
            return DoneLine(number, loss)
        self._least = loss
        try:
            return DoneLine(
                number, loss, size_of(read_structure(self._kind, read(place).values[self._kind]))
            )
        except DAMAGE as error:
            what = f"the {KINDS[self._kind].noun} asked under {number}"
            raise ValueError(f"{what} is invalid: {error}") from error


def _finite(values: Mapping[str, Any], key: str) -> float:
    value: Any = values.get(key)
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"`{key}` must be a finite number. Got {brief(value)}")
    return float(value)
