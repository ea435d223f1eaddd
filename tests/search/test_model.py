"""A model that is not searched for; a cell of the library and the recipes that it is trained by."""

import math
from dataclasses import replace
from operator import attrgetter

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.contract import DONE, Evaluation, Problem
from cellcolony.errors import ConfigError
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.fixed_cell import FixedCell
from cellcolony.layers.recipe import AS_SET, FACTORS, Recipe
from cellcolony.layers.schedule import Schedule
from cellcolony.search.methods import METHODS
from cellcolony.search.model import FixedModel, NoSearch
from cellcolony.search.model.trials import WIDEST, draw_recipe, trials_of
from cellcolony.settings import plain, read


def test_the_first_training_is_as_the_settings_say_and_all_others_differ():
    first, *others = trials_of("lstm", 50, 3)
    assert first.genome == FixedCell("lstm")
    assert [one.number for one in others] == [one.genome.trial for one in others]
    assert len({one.genome.recipe for one in others} | {AS_SET}) == 50


def test_a_longer_search_begins_like_a_shorter_and_the_seed_counts():
    short, long = (list(trials_of("lstm", n, 3)) for n in (5, 9))
    assert long[:5] == short
    assert list(trials_of("lstm", 5, 4))[1:] != short[1:]


def test_factors_are_even_on_a_logarithmic_scale():
    rng = np.random.default_rng(1)
    logs = np.log([attrgetter(*FACTORS)(draw_recipe(rng)) for _ in range(4_000)]) / math.log(WIDEST)
    assert logs.min() > -1
    assert logs.max() < 1
    assert np.abs(logs.mean(axis=0)).max() < 0.05  # 5 standard errors of a uniform variable
    assert np.abs(logs.std(axis=0) - 3**-0.5).max() < 0.03


def test_a_fixed_cell_is_what_the_library_has():
    genome = FixedCell("gru", Recipe(clip=2.0), 4)
    assert genome.to_cell() == cells.get("gru")
    assert genome.to_dict()["recipe"] == {"learning_rate": 1.0, "clip": 2.0, "bound": 1.0}


def test_a_recipe_multiplies_settings_and_as_set_leaves_them():
    training, model = Schedule(optimizer="adam", clip=5.0), ModelSettings(hidden=25)
    recipe = Recipe(learning_rate=2.0, clip=0.5, bound=3.0)
    found = recipe.schedule(training)
    assert (found.first_rate, found.clip) == (pytest.approx(0.006), 2.5)
    assert recipe.model(model).bound == pytest.approx(0.6)
    assert AS_SET.schedule(training) is training
    assert AS_SET.model(model) is model


def test_each_training_has_its_own_seed_also_beside_those_of_the_next_seed():
    trainings = [one.genome for one in trials_of("lstm", 50, 3)]
    assert trainings[0].seed(3) == 3  # first weights as all other candidates have them
    keys = {genome.seed(seed) for genome in trainings[1:] for seed in (3, 4, 5)}
    assert len(keys) == 49 * 3
    assert min(keys) > 1_000


def test_whole_numbers_are_factors_too():
    assert Recipe(clip=2) == Recipe(clip=2.0)


@pytest.mark.parametrize("value", [0.0, -1.0, math.inf, math.nan, "1", None, True])
def test_a_factor_must_be_above_zero(value):
    with pytest.raises(ConfigError, match="`bound` must be a finite number above 0"):
        Recipe(bound=value)


def test_a_model_of_given_cells_is_a_layer_of_groups():
    model = FixedModel("two", ("lstm", "gru"), (3, 5))
    assert [(group.cell, group.n_units) for group in model.layer.groups] == [
        (cells.get("lstm"), 3),
        (cells.get("gru"), 5),
    ]


def test_a_cell_that_is_not_in_the_library_comes_as_a_program():
    program = replace(cells.get("mgu"), name="mine")
    model = FixedModel("mine", ("mine",), (4,), {"mine": program.to_dict()})
    assert model.layer.groups[0].cell == program
    assert read(FixedModel, plain(model), "here") == model


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"cells": ("lstn",)}, "Did you mean 'lstm'"),
        ({"cells": ()}, "`cells` must be"),
        ({"units": (0,)}, "`units` must be"),
        ({"units": (3, 4)}, "`units` must hold a number for each of 1 cells. Got 2"),
        ({"cells": ("mine",), "programs": {"mine": {"name": "mine"}}}, "mine|program"),
    ],
)
def test_a_model_that_cannot_be_is_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        FixedModel(**settings)


def test_nothing_is_asked_where_nothing_is_searched_for():
    method = METHODS["model"]
    rng = np.random.default_rng(0)
    begun = method.start(FixedModel(), Problem(), rng)
    again = method.restore(FixedModel(), Problem(), begun.state())
    for search in (begun, again):
        assert isinstance(search, NoSearch)
        assert search.ask(0, rng) is DONE
        assert not search.pending
        with pytest.raises(KeyError, match="never asked"):
            search.tell(0, Evaluation.failed("it diverged"))
