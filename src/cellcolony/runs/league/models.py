"""The models of a run under names that all runs of a league share.

A run calls its models by what they came to be: "network 97", "ridge (48 lags)", "GRU, 7 nodes",
"ensemble of 5 networks". Here each has the name of its kind, so that it can be found in every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cellcolony.contract import Measure
from cellcolony.runs.scores import EVOLVED, Contender, Score
from cellcolony.tasks.rivals.trained import COMMON_WIDTH

OWN, OWN_ENSEMBLE = "evolved network", "evolved ensemble"
"""What the search has found: its best network, and several of its networks together."""
AS_LARGE = "as large as evolved"
"""Of a fixed network with about as many weights as the evolved one."""

_ENSEMBLE = re.compile(r"ensemble of \d+ (of )?(?P<members>.+)")
_SIZED = re.compile(r"(?P<kind>.+), (?P<width>\d+) nodes?")
_COMMON = f"{COMMON_WIDTH} nodes"


def key_of(score: Score) -> str:
    """Return the name of a model's kind: the one rule by which models of runs are matched.

    What stands in brackets is how validation fitted a rival. Ensembles are the same whatever the
    number of their members. A fixed network has either the width that all runs have, or one of its
    run's own, which makes it as large as the evolved network.
    """
    if score.role == EVOLVED:
        return OWN if score.candidate is not None else OWN_ENSEMBLE
    name = score.model.partition(" (")[0]
    if found := _ENSEMBLE.fullmatch(name):
        return f"ensemble of {found['members']}"
    if found := _SIZED.fullmatch(name):
        size = _COMMON if int(found["width"]) == COMMON_WIDTH else AS_LARGE
        return f"{found['kind']}, {size}"
    return name


def is_ensemble(key: str) -> bool:
    """Say whether a name of a kind is that of an ensemble."""
    return key == OWN_ENSEMBLE or key.startswith("ensemble of ")


def single_of(key: str) -> str | None:
    """Return the name of the single models of which an ensemble is made; None for no ensemble.

    An ensemble of rivals of several kinds has a name that none of them has.
    """
    if key == OWN_ENSEMBLE:
        return OWN
    if not is_ensemble(key):
        return None
    members = key.removeprefix("ensemble of ")
    return members.removesuffix("s") if members.endswith("networks") else members


def models_of(
    scores: Iterable[Score], chosen: int | None, measure: Measure
) -> dict[str, Contender]:
    """Return the models of a run by the names of their kinds, without the rest of the front.

    Two models of one kind, which no run of this program has, keep the names that the run gives
    them. Where the width that makes a fixed network as large as the evolved one is that of all
    runs, it is trained once, and stands under both names.

    Args:
        scores: All scores of the run.
        chosen: The number of the network of the front that validation chose.
        measure: What models are compared by.
    """
    groups: dict[tuple[str, str], list[Score]] = {}
    for one in scores:
        if one.role != EVOLVED or one.candidate in (chosen, None):
            groups.setdefault((key_of(one), one.model), []).append(one)
    found: dict[str, Contender] = {}
    for (key, name), own in groups.items():
        one = Contender(name, own[0].role, tuple(own), measure)
        found[key if key not in found else name] = one
    for key in [key for key in found if key.endswith(f", {_COMMON}")]:
        found.setdefault(f"{key.removesuffix(_COMMON)}{AS_LARGE}", found[key])
    return found
