"""The models of a run under names that several runs share, such as those of a league.

A run calls its models by what they came to be: "network 97", "ridge (48 lags)", "GRU, 7 nodes",
"ensemble of 5 networks". Here each has the name of its kind, so that it can be found in every run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from cellcolony.runs.scores import EVOLVED, Contender
from cellcolony.tasks.rivals.trained import COMMON_WIDTH

OWN, OWN_ENSEMBLE = "evolved network", "evolved ensemble"
"""What the search has found: its best network, and several of its networks together."""
AS_LARGE = "as large as evolved"
"""Of a fixed network with about as many weights as the evolved one."""

_ENSEMBLE = re.compile(r"ensemble of \d+ (of )?(?P<members>.+)")
_SIZED = re.compile(r"(?P<kind>.+), (?P<width>\d+) nodes?")
_COMMON = f"{COMMON_WIDTH} nodes"


def kind_of(model: Contender) -> str:
    """Return the name of a model's kind: the one rule by which models of runs are matched.

    What stands in brackets is how validation fitted a rival. Ensembles are the same whatever the
    number of their members. A fixed network has either the width that all runs have, or one of its
    run's own, which makes it as large as the evolved network.
    """
    if model.role == EVOLVED:
        return OWN_ENSEMBLE if model.is_ensemble else OWN
    name = model.model.partition(" (")[0]
    if found := _ENSEMBLE.fullmatch(name):
        return f"ensemble of {found['members']}"
    if found := _SIZED.fullmatch(name):
        size = _COMMON if int(found["width"]) == COMMON_WIDTH else AS_LARGE
        return f"{found['kind']}, {size}"
    return name


def is_ensemble(kind: str) -> bool:
    """Say whether a name of a kind is that of an ensemble."""
    return kind == OWN_ENSEMBLE or kind.startswith("ensemble of ")


def single_of(kind: str) -> str | None:
    """Return the name of the single models of which an ensemble is made; None for no ensemble.

    An ensemble of rivals of several kinds has a name that none of them has.
    """
    if kind == OWN_ENSEMBLE:
        return OWN
    if not is_ensemble(kind):
        return None
    members = kind.removeprefix("ensemble of ")
    return members.removesuffix("s") if members.endswith("networks") else members


def by_kind(models: Iterable[Contender]) -> dict[str, Contender]:
    """Return the models of a run by the names of their kinds.

    Two models of one kind, which no run of this program has, keep the names that the run gives
    them. Where the width that makes a fixed network as large as the evolved one is that of all
    runs, it is trained once, and stands under both names.

    Args:
        models: The models that the run compares.
    """
    found: dict[str, Contender] = {}
    for one in models:
        kind = kind_of(one)
        found[kind if kind not in found else one.model] = one
    for kind in [kind for kind in found if kind.endswith(f", {_COMMON}")]:
        found.setdefault(f"{kind.removesuffix(_COMMON)}{AS_LARGE}", found[kind])
    return found


def standing_for(models: Mapping[str, Contender], kind: str) -> Contender | None:
    """Return the model of a kind in one run; None for none.

    Where an ensemble was to be chosen and one model alone was best, that model stands for it: to
    leave the run out would be to leave out what the choice came to. Whether ensembles were chosen
    at all, only several runs know together.

    Args:
        models: The models of the run by the names of their kinds: see `by_kind`.
        kind: The name of the kind.
    """
    if kind in models:
        return models[kind]
    single = single_of(kind)
    return None if single is None else models.get(single)
