"""The race of mixtures: openers, variation, controls and its state."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.layers.mixture import Mixture
from cellcolony.search.methods import control_of, method_of
from cellcolony.search.mixtures import Mixtures, RandomMixtures
from cellcolony.search.mixtures.settings import KNOWN
from cellcolony.store.encoding import decode, encode

POOL = ("lstm", "gru", "mgu", "node:tanh(z0)", "node_bias:gate(z0, h, tanh(z1))")
SMALL = Mixtures(pool=POOL, n_layers=2, groups=8, openers=3, skips=True)
APART = replace(SMALL, immigrant_rate=0.3, niches=True)
BEST = np.array([0, 1, 0, 0, 7])
"""What a layer should have of each node, by the verdict."""


def rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def begun(settings: Any) -> Any:
    return method_of(settings)[1].start(settings, Problem(), rng(0))


def mixture_of(candidate: Candidate) -> Mixture:
    assert isinstance(candidate.genome, Mixture)
    return candidate.genome


def loss_of(mixture: Mixture) -> float:
    """How far the layers are from the best; one skip too many or too few costs as much as a group.

    Only nodes of the pool count, so that mixtures of other cells are no better than chance.
    """
    at = {name: place for place, name in enumerate(POOL)}
    counts = np.zeros((len(mixture.layers), len(POOL)))
    counts[:, [at[name] for name in mixture.nodes]] = mixture.layers
    return 3.0 + 0.05 * (np.abs(counts - BEST).sum() + 2 * len({*mixture.skips} ^ {(0, 3)}))


def run(search: Any, n: int = 200) -> list[Candidate]:
    found = []
    for number in range(n):
        candidate = search.ask(number, rng(number))
        assert isinstance(candidate, Candidate)
        found.append(candidate)
        loss = loss_of(mixture_of(candidate)) - 0.001 * candidate.effort
        search.tell(number, Evaluation(loss, None))
    return found


def test_the_first_nodes_open_the_race_each_alone_and_every_later_mixture_is_new():
    first = [one for one in run(begun(SMALL)) if one.how["rung"] == 0]
    openers = [mixture_of(one) for one in first[:3]]
    assert {one.nodes for one in openers} == {(name,) for name in POOL[:3]}
    assert all(one.layers == ((8,), (8,)) and not one.skips for one in openers)
    mixtures = [mixture_of(one) for one in first]
    assert len(set(mixtures)) == len(mixtures)
    assert all(sum(layer) == 8 for one in mixtures for layer in one.layers)
    assert all(one.parents for one in first[3:])


def test_evolution_finds_counts_places_and_skips_that_chance_does_not():
    def best(settings: Any) -> float:
        return min(loss_of(mixture_of(one)) for one in run(begun(settings), 400))

    evolved, drawn = best(SMALL), best(control_of(SMALL))
    assert evolved < 3.3
    assert drawn > evolved + 0.2


def test_the_random_control_draws_every_group_and_has_no_parents():
    search = begun(control_of(SMALL))
    first = [one for one in run(search) if one.how["rung"] == 0]
    assert not any(one.parents for one in first)
    counts = np.zeros(len(POOL))
    for one in map(mixture_of, first):
        for layer in one.layers:
            for name, n in zip(one.nodes, layer, strict=True):
                counts[POOL.index(name)] += n
    share = counts / counts.sum()
    assert np.abs(share - 1 / len(POOL)).max() < 0.03
    skips = np.mean([len(mixture_of(one).skips) for one in first])
    assert skips == pytest.approx(3 * 0.3, abs=0.2)


def test_some_mixtures_are_immigrants_as_often_as_asked():
    first = [one for one in run(begun(replace(SMALL, immigrant_rate=0.5))) if one.how["rung"] == 0]
    later = first[3:]
    came = [one for one in later if not one.parents]
    assert all(one.how["operation"] == "random" for one in came)
    assert 0.35 < len(came) / len(later) < 0.65


def test_the_known_control_has_no_evolved_node_and_ends_in_no_endless_loop():
    settings = Mixtures(pool=POOL[2:], n_layers=1, groups=4, efforts=(1,), shares=(1.0,))
    found = run(begun(control_of(settings, "known")), 12)  # there are five such mixtures
    assert {name for one in found for name in mixture_of(one).nodes} == set(KNOWN)
    assert len({mixture_of(one) for one in found}) == 5


def test_without_skips_none_is_made():
    found = run(begun(Mixtures(pool=POOL, groups=8)))
    assert not any(mixture_of(one).skips for one in found)


def test_a_child_has_groups_of_both_parents_alone():
    race = begun(SMALL)
    a, b = race.opener("lstm"), race.opener("gru")
    for child in (race.crossed(a, b, rng(seed)) for seed in range(20)):
        assert child.nodes == ("lstm", "gru")
        assert all(0 < n < 8 for layer in child.layers for n in layer)


@pytest.mark.parametrize(
    "settings",
    [SMALL, APART, RandomMixtures(SMALL), RandomMixtures(APART), control_of(SMALL, "known")],
)
def test_a_race_goes_on_from_its_state_as_if_nothing_had_been(settings):
    whole = run(begun(settings), 120)
    search = begun(settings)
    run(search, 60)
    state = decode(*encode(search.state()))
    again = method_of(settings)[1].restore(settings, Problem(), state)
    for number in range(60, 120):
        candidate = again.ask(number, rng(number))
        assert isinstance(candidate, Candidate)
        assert candidate == whole[number]
        loss = loss_of(mixture_of(candidate)) - 0.001 * candidate.effort
        again.tell(number, Evaluation(loss, None))


def test_the_state_of_another_race_is_refused():
    search = begun(SMALL)
    run(search, 30)
    state = search.state()
    for other in (
        Mixtures(pool=POOL[:2], n_layers=2, groups=8, skips=True),
        Mixtures(pool=POOL, n_layers=3, groups=8),
        Mixtures(pool=POOL, n_layers=2, groups=9),
    ):
        with pytest.raises((ConfigError, GenomeError)):
            method_of(other)[1].restore(other, Problem(), state)


@pytest.mark.parametrize(
    "settings",
    [{"pool": ("lstm",)}, {"pool": ("lstm", "lstm")}, {"pool": ("lstm", "lstn")},
     {"pool": ("lstm", "node:tanh(")}, {"groups": 1}, {"n_layers": 0}, {"openers": 0},
     {"guide": "best"}, {"shares": (0.5,)}, {"rate_factor": 0.5}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ConfigError):
        Mixtures(**settings)


def test_openers_are_no_more_than_the_pool():
    settings = Mixtures(pool=POOL[:2], openers=9)
    first = islice(run(begun(settings), 2), 2)
    assert {mixture_of(one).nodes for one in first} == {("lstm",), ("gru",)}
