import pytest

from cellcolony.errors import ConfigError
from cellcolony.search.ants import AntSearch, AntSwarm
from tests.search.ants.colonies import layout, problem, rng

BAD = {
    "n_ants": (0, "`n_ants` must be a whole number of at least 1. Got 0."),
    "jumping": ("yes", "`jumping` must be true or false. Got 'yes'."),
    "n_layers": (-1, "`n_layers` must be a whole number of at least 0. Got -1."),
    "n_nodes_per_layer": (
        2.5,
        "`n_nodes_per_layer` must be a whole number of at least 1. Got 2.5.",
    ),
    "max_skip": (True, "`max_skip` must be a whole number of at least 0. Got True."),
    "population": (0, "`population` must be a whole number of at least 1. Got 0."),
    "second_training": (
        -1,
        "`second_training` must be a whole number of at least 0. Got -1.",
    ),
    "second_share": (1, "`second_share` must be a number in (0, 1). Got 1."),
    "evaporation": ("never", "`evaporation` must be 'steady' or 'with_deposits'. Got 'never'."),
    "evaporation_rate": (1.4, "`evaporation_rate` must be a number in (0, 1]. Got 1.4."),
    "deposit_rate": (float("nan"), "`deposit_rate` must be a finite number above 0. Got nan."),
    "initial_pheromone": (
        30.0,
        "`initial_pheromone` must be in [0.05, 20.0], from `pheromone_floor` to `pheromone_cap`.",
    ),
    "pheromone_floor": (0.0, "`pheromone_floor` must be a finite number above 0. Got 0.0."),
    "pheromone_cap": ("20", "`pheromone_cap` must be a finite number above 0. Got '20'."),
    "cell_weights": ("no", "`cell_weights` must be true or false. Got 'no'."),
    "self_loops": (0, "`self_loops` must be true or false. Got 0."),
    "backward_edges": (None, "`backward_edges` must be true or false. Got None."),
    "penalty": (-0.1, "`penalty` must be a finite number of at least 0. Got -0.1."),
    "bounds": (2, "`bounds` must be 'fixed' or 'published'. Got 2."),
    "initial_weights": (
        "glorot",
        "`initial_weights` must be 'uniform' or 'fan_in'. Got 'glorot'. Known are: fan_in",
    ),
    "weights": (1.5, "`weights` must be a number in [0, 1] or 'function' or 'none'. Got 1.5."),
    "species": ("explorer", "`species` must be a list of one or more names. Got 'explorer'."),
    "cells": (("gru", "gru"), "`cells` must name each member once. Got ('gru', 'gru')."),
    "pheromone": (3, "`pheromone` must be a name. Got 3."),
    "colonies": (0, "`colonies` must be a whole number of at least 1. Got 0."),
    "migrate_after": (-1, "`migrate_after` must be a whole number of at least 0. Got -1."),
    "migration_share": (1.1, "`migration_share` must be a number in [0, 1]. Got 1.1."),
}


@pytest.mark.parametrize("name", BAD)
def test_a_setting_that_cannot_be_is_answered_with_what_it_must_be(name):
    value, sentence = BAD[name]
    with pytest.raises(ConfigError) as caught:
        AntSwarm(**{name: value})
    assert str(caught.value).startswith(sentence)


@pytest.mark.parametrize(
    ("name", "value"),
    [("n_ants", 10**6), ("n_layers", 101), ("max_skip", 10**30), ("pheromone_cap", 1e200),
     ("penalty", 1e200), ("deposit_rate", 1e200), ("colonies", 1_001)],
)  # fmt: skip
def test_there_is_an_end_to_every_number(name, value):
    with pytest.raises(ConfigError, match=f"`{name}` must be"):
        AntSwarm(**{name: value})


def test_there_is_an_end_to_the_edges_to_choose_among():
    with pytest.raises(ConfigError, match=r"give 1,024,384,036 edges .* lower `n_layers`"):
        layout(AntSwarm(n_layers=2, n_nodes_per_layer=8000), ["a", "b"], ["b"])


def test_every_setting_is_checked():
    assert set(BAD) == set(AntSwarm.__dataclass_fields__)


@pytest.mark.parametrize(
    ("settings", "nearest"),
    [
        ({"species": ("explorer", "forward_recurent")}, "forward_recurrent"),
        ({"pheromone": "fitnes"}, "fitness"),
        ({"cells": ("gru", "mguu")}, "mgu"),
        ({"weights": "functon"}, "function"),
        ({"bounds": "publishd"}, "published"),
        ({"initial_weights": "fan-in"}, "fan_in"),
        ({"species": ("standard_bias",)}, "standard_biased"),
        ({"pheromone": "relativ"}, "relative"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(settings, nearest):
    with pytest.raises(ConfigError, match=f"Did you mean '{nearest}'"):
        AntSwarm(**settings)


def test_social_ants_alone_found_no_network():
    with pytest.raises(ConfigError, match=r"Add one of: explorer, standard, standard_biased, "):
        AntSwarm(species=("forward_recurrent",))


def test_backward_ants_need_backward_edges():
    with pytest.raises(ConfigError) as caught:
        AntSwarm(backward_edges=False)
    assert str(caught.value) == (
        "`backward_edges` must be true for the species 'backward_recurrent', which walks over no "
        "others. Got False. Take it out of `species`, or leave `backward_edges` on."
    )
    assert not AntSwarm(species=("standard",), backward_edges=False).backward_edges


def test_the_floor_must_lie_below_the_cap():
    with pytest.raises(ConfigError, match="`pheromone_floor` must be at most `pheromone_cap`, 20"):
        AntSwarm(pheromone_floor=30.0)


def test_a_penalty_of_0_and_of_a_whole_number_may_be():
    assert [AntSwarm(penalty=penalty).penalty for penalty in (0, 2)] == [0, 2]


def test_there_must_be_as_many_ants_as_outputs():
    swarm = AntSwarm(n_ants=2)
    with pytest.raises(ConfigError, match=r"at least the number of outputs, 3\. Got 2\."):
        AntSearch.start(swarm, problem(["a"], ["x", "y", "z"]), rng())


def test_an_unknown_output_cell_is_refused_at_the_start():
    with pytest.raises(ConfigError, match="Did you mean 'simple'"):
        AntSearch.start(AntSwarm(), problem(["a"], ["b"], output_cell="simpel"), rng())


def test_lists_are_taken_as_a_settings_file_gives_them():
    swarm = AntSwarm(species=["explorer"], cells=["gru"])  # pyright: ignore[reportArgumentType]
    assert swarm.species == ("explorer",)
    assert swarm.cells == ("gru",)
