"""Count what the lines of a journal say, without the networks and the weights."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cellcolony.runs.genomes import KINDS, kind_in, size_of

DAMAGE = (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError)
"""What reading a line that cannot be may raise."""


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
    """What was told of the search does not hold any more, but for the counts that follow."""


Line: TypeAlias = AskedLine | DoneLine | ToldAnew


class Tally:
    """Takes in the lines of a journal in their order.

    It keeps where the lines of the candidates in training stand, and no network: the memory that
    this takes does not grow with the run.

    Attributes:
        seconds: How long the search had taken at the last line.
        n_asked: How many candidates were asked.
        n_done: How many were judged, failures included.
        n_failed: How many of those are failures.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.n_asked = self.n_done = self.n_failed = 0
        self._places: dict[int, int] = {}
        self._least = math.inf
        self._cut_short: set[int] = set()
        self._before_cut = (0, 0)

    def take(self, text: bytes, place: int, read: Callable[[int], bytes]) -> Iterator[Line]:
        """Yield what a line says.

        Args:
            text: The line.
            place: The byte at which it begins.
            read: Returns the line that begins at a byte.

        Raises:
            One of `DAMAGE`: The line cannot be.
        """
        line = _table(without_network(text), "a line")
        number, is_cut_short = _whole(line, "number"), line.get("cut_short") is True
        self.seconds = max(self.seconds, _finite(line, "at"))
        if self._cut_short and (not is_cut_short or number in self._cut_short):
            yield self._forget_cut_short()
        if is_cut_short:
            if not self._cut_short:
                self._before_cut = (self.n_done, self.n_failed)
            self._cut_short.add(number)
        if line.get("event") == "asked":
            yield self._asked(number, line, place)
        elif line.get("event") == "done":
            place = self._place_of(number, stays_out=is_cut_short)
            yield self._done(number, line, lambda: read(place))
        else:
            raise ValueError(f"`event` must be asked or done. Got {line.get('event')!r}")

    def _forget_cut_short(self) -> ToldAnew:
        """Forget the trainings that an end cut short, as the run goes on and trains them again.

        They are written down only where nothing had succeeded before.
        """
        self.n_done, self.n_failed = self._before_cut
        self._least = math.inf
        self._cut_short.clear()
        return ToldAnew()

    def _asked(self, number: int, line: Mapping[str, Any], place: int) -> AskedLine:
        if number != self.n_asked:
            raise ValueError(f"candidate {self.n_asked} is next. Got {number}")
        self.n_asked += 1
        self._places[number] = place
        how = _table(line.get("how"), "`how`")
        entropy = None if how.get("entropy") is None else _finite(how, "entropy")
        return AskedLine(entropy, _whole(how, "generation") if "generation" in how else None)

    def _place_of(self, number: int, stays_out: bool) -> int:
        if number not in self._places:
            raise ValueError(f"candidate {number} was not asked, or was judged before")
        return self._places[number] if stays_out else self._places.pop(number)

    def _done(self, number: int, line: Mapping[str, Any], asked: Callable[[], bytes]) -> DoneLine:
        self.n_done += 1
        if "failure" in line:
            self.n_failed += 1
            return DoneLine(number, None)
        loss = _finite(line, "loss")
        if loss >= self._least:
            return DoneLine(number, loss)
        self._least = loss
        line = _table(json.loads(asked()), "a line")
        kind = kind_in(line)
        try:
            return DoneLine(number, loss, size_of(KINDS[kind].read(line[kind])))
        except DAMAGE as error:
            what = f"the {KINDS[kind].noun} asked under {number}"
            raise ValueError(f"{what} cannot be: {error}") from error


def without_network(text: bytes) -> Any:
    """Read a line of a journal; of an `asked` line without the network, which is most of it."""
    before, _, network = text.partition(b', "network": {')
    at = network.rfind(b', "at": ')
    if at >= 0:
        try:
            return json.loads(before + network[at:])
        except ValueError:
            pass  # it is written otherwise than by us, or damaged: the whole of it will tell
    return json.loads(text)


def _table(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{what} must be a table. Got {value!r}")
    return value


def _whole(values: Mapping[str, Any], key: str) -> int:
    value = values.get(key)
    if type(value) is not int:
        raise ValueError(f"`{key}` must be a whole number. Got {value!r}")
    return value


def _finite(values: Mapping[str, Any], key: str) -> float:
    value: Any = values.get(key)
    if type(value) not in (int, float) or not math.isfinite(value):
        raise ValueError(f"`{key}` must be a finite number. Got {value!r}")
    return float(value)
