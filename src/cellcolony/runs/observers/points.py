"""From the events of a study to points of curves, as programs that keep curves want them.

A *group* is a search or a final training: its curves are told apart from those of others by it, and
have the same names, so that they can be laid over each other. A step counts the candidates that
were judged, or the epochs. It goes on where a study goes on, and none comes twice but those that a
kill took from the study.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from cellcolony.runs import events
from cellcolony.runs.genomes import KINDS, size_of
from cellcolony.runs.scores import Score

SCORES = "scores"
"""The group of what the models of a study came to in the end."""


class Point(NamedTuple):
    """A point of a curve.

    Attributes:
        group: The search or the training: "Search", "evolved node, seed 0".
        name: What was measured: "best loss".
        step: Where on the curve, from 0 on.
        value: A finite number.
    """

    group: str
    name: str
    step: int
    value: float


@dataclass
class Points:
    """Turns events into points, one after the other.

    Attributes:
        started: The search under way, or the last one; None before.
        n_done: How many of its candidates were judged.
        n_failed: How many of these failed.
        best: Its lowest loss so far.
        entropy: How undecided its choices are; None where it does not say.
        longest: The last step of any curve.
    """

    started: events.SearchStarted | None = None
    n_done: int = 0
    n_failed: int = 0
    best: float = math.inf
    entropy: float | None = None
    longest: dict[str, int] = field(default_factory=dict)

    def of(self, event: events.Event) -> list[Point]:
        """Take in an event, and return its points: those alone that are finite numbers."""
        found = [one for one in self._of(event) if math.isfinite(one.value)]
        for one in found:
            self.longest[one.group] = one.step
        return found

    def _of(self, event: events.Event) -> Iterator[Point]:
        if isinstance(event, events.SearchStarted):
            self.started, self.n_done, self.n_failed = event, event.n_done, event.n_failed
            self.best, self.entropy = math.inf, None
        elif isinstance(event, events.FrontChanged):
            self.best = min(self.best, event.front[-1].loss)
        elif isinstance(event, events.Asked):
            self.entropy = event.candidate.how.get("entropy", self.entropy)
        elif isinstance(event, events.Done) and not event.cut_short and self.started is not None:
            yield from self._of_candidate(self.started, event)
        elif isinstance(event, events.Share) and event.epoch is not None:
            epoch, step = event.epoch, event.epoch.number + 1
            yield Point(event.title, "training loss", step, epoch.train_loss)
            yield Point(event.title, "validation loss", step, epoch.valid_loss)
            yield Point(event.title, "validation perplexity", step, epoch.perplexity)
            yield Point(event.title, "learning rate", step, epoch.rate)
        elif isinstance(event, events.Scored):
            step = max((self.n_done, *self.longest.values()))
            yield from (_of_score(one, step) for one in event.scores if one.value is not None)

    def _of_candidate(self, started: events.SearchStarted, event: events.Done) -> Iterator[Point]:
        self.n_done += 1
        verdict, group, step = event.evaluation, started.title, self.n_done
        self.n_failed += verdict.failure is not None
        if verdict.failure is None:
            self.best = min(self.best, verdict.loss)
            yield Point(group, "loss", step, verdict.loss)
            unit = KINDS[started.kind].unit
            yield Point(group, f"{unit}s", step, float(size_of(event.candidate.genome)))
        yield Point(group, "best loss", step, self.best)
        of_loss = started.measure.of_loss
        if of_loss is not None and math.isfinite(self.best):
            yield Point(group, f"best {started.measure.name}", step, of_loss(self.best))
        yield Point(group, "failed", step, float(self.n_failed))
        yield Point(group, "seconds of training", step, verdict.seconds)
        if self.entropy is not None:
            yield Point(group, "entropy", step, float(self.entropy))


def _of_score(score: Score, step: int) -> Point:
    assert score.value is not None
    of = f" of {score.target}" if score.target else ""
    who = score.model if score.seed is None else f"{score.model}, seed {score.seed}"
    return Point(SCORES, f"{score.split} {score.measure}{of}/{who}", step, score.value)
