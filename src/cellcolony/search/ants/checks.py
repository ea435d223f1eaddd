"""What each setting of a colony may be; what cannot be is answered with its cure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cellcolony import cells
from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.search.ants import bounds, evaporation, initial_weights, phi
from cellcolony.search.ants.pheromones import SCHEMES
from cellcolony.search.ants.species import SPECIES

if TYPE_CHECKING:
    from cellcolony.search.ants.swarm import AntSwarm

_LEAST = {
    "n_ants": 1,
    "n_layers": 0,
    "n_nodes_per_layer": 1,
    "max_skip": 0,
    "population": 1,
    "second_training": 0,
}
"""The smallest value of each setting that is a whole number."""
MOST_LAYERS, MOST = 100, 100_000
"""The largest, of layers and of anything else: more take more memory and time than anybody has."""

LARGEST_NUMBER = 1e100
"""So sums and products of settings are finite."""

_SWITCHES = ("jumping", "cell_weights", "self_loops", "backward_edges")
_POSITIVE = ("deposit_rate", "initial_pheromone", "pheromone_floor", "pheromone_cap")
_MODES = {
    "bounds": bounds.MODES,
    "evaporation": evaporation.MODES,
    "initial_weights": initial_weights.MODES,
}


def check(settings: AntSwarm) -> None:
    """Check every setting.

    Raises:
        ConfigError: A setting has a value that it cannot have.
    """
    for name, least in _LEAST.items():
        value = getattr(settings, name)
        whole = isinstance(value, int) and not isinstance(value, bool)
        _require(name, whole and value >= least, f"be a whole number of at least {least}", value)
        most = MOST_LAYERS if name == "n_layers" else MOST
        _require(name, value <= most, f"be at most {most:,}", value)
    for name in _SWITCHES:
        value = getattr(settings, name)
        _require(name, isinstance(value, bool), "be true or false", value)
    for name, modes in _MODES.items():
        _one_of(name, getattr(settings, name), modes)
    _check_numbers(settings)
    _check_weights(settings.weights)
    for name in ("species", "cells"):
        given = getattr(settings, name)
        listed = isinstance(given, (tuple, list)) and all(isinstance(g, str) for g in given)
        _require(name, listed and given, "be a list of one or more names", given)
        _require(name, len(set(given)) == len(given), "name each member once", given)
    for name in settings.cells:
        cells.get(name)
    _require("pheromone", isinstance(settings.pheromone, str), "be a name", settings.pheromone)
    SCHEMES[settings.pheromone]
    _check_species(settings)


def _check_numbers(settings: AntSwarm) -> None:
    rate, penalty = settings.evaporation_rate, settings.penalty
    _require("evaporation_rate", _is_number(rate) and 0 < rate <= 1, "be in (0, 1]", rate)
    at_least_0 = _is_number(penalty) and 0 <= penalty <= LARGEST_NUMBER
    _require("penalty", at_least_0, "be a number of at least 0", penalty)
    share = settings.second_share
    _require("second_share", _is_number(share) and 0 < share < 1, "be in (0, 1)", share)
    for name in _POSITIVE:
        value = getattr(settings, name)
        _require(name, _is_number(value) and value > 0, "be a positive number", value)
        _require(name, value <= LARGEST_NUMBER, f"be at most {LARGEST_NUMBER:g}", value)
    initial = settings.initial_pheromone
    floor, cap = settings.pheromone_floor, settings.pheromone_cap
    must = f"be at most `pheromone_cap`, {cap}"
    _require("pheromone_floor", floor <= cap, must, floor)
    must = f"be in [{floor}, {cap}], from `pheromone_floor` to `pheromone_cap`"
    _require("initial_pheromone", floor <= initial <= cap, must, initial)


def _check_weights(weights: float | str) -> None:
    if isinstance(weights, str):
        _one_of("weights", weights, phi.MODES, " or a number in [0, 1]")
        return
    inside = _is_number(weights) and 0 <= weights <= 1
    _require("weights", inside, "be 'function', 'none' or a number in [0, 1]", weights)


def _check_species(settings: AntSwarm) -> None:
    members = {name: SPECIES[name] for name in settings.species}
    if all(species.social for species in members.values()):
        founders = [name for name in SPECIES.names() if not SPECIES[name].social]
        raise ConfigError(
            "`species` must hold one that is not social: social ants move among the nodes that "
            f"others chose. Got {tuple(members)}. Add one of: {', '.join(founders)}."
        )
    stranded = [name for name, species in members.items() if species.needs_backward_edges]
    if stranded and not settings.backward_edges:
        raise ConfigError(
            f"`backward_edges` must be true for the species {stranded[0]!r}, which walks over no "
            f"others. Got False. Take it out of `species`, or leave `backward_edges` on."
        )


def _one_of(name: str, value: object, modes: Sequence[str], more: str = "") -> None:
    if value in modes:
        return
    listed = ", ".join(map(repr, modes)) + more if more else " or ".join(map(repr, modes))
    near = did_you_mean(value, modes) if isinstance(value, str) else ""
    raise ConfigError(f"`{name}` must be {listed}. Got {brief(value)}.{near}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _require(name: str, met: object, must: str, value: object) -> None:
    if not met:
        raise ConfigError(f"`{name}` must {must}. Got {brief(value)}.")
