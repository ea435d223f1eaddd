"""Named recipes: the published values, every recipe with every cell, and files of one's own."""

# pyright: reportOptionalMemberAccess=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.dropout import Dropout
from cellcolony.layers.kinds import kind_of
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.recipes import recipe_named, recipe_names
from cellcolony.layers.schedule import Schedule
from tests.layers.language import N_WORDS, model_of, tokens

torch = pytest.importorskip("torch")

from cellcolony.layers.train import ModelTraining  # noqa: E402

EVOLVED = "node_bias:mul(sigmoid(z0), tanh(add(mul(sigmoid(z1), c), z2)>c))"
KINDS = [*cells.names(), "rhn-3", EVOLVED]
# What a recipe trains by, and what a cell computes, do not know of each other: not all with all.
PAIRS = [
    (name, recipe)
    for recipe in recipe_names()
    for name in KINDS
    if recipe in ("awd", "variational") or name in ("lstm", "rhn-3", EVOLVED)
]


def small(training: LanguageTraining, **model) -> LanguageTraining:
    """Return a training of the same recipe, tiny."""
    sizes = {"hidden": 4, "layers": 2, "embedding": 3 if training.model.narrow else None}
    return LanguageTraining(
        replace(training.model, **{**sizes, **model}),
        replace(training.schedule, epochs=1, batch=2, steps=7),
    )


def test_awd_has_the_published_values_in_our_units():
    awd = recipe_named("awd").over(LanguageTraining())
    model, schedule = awd.model, awd.schedule
    assert (model.hidden, model.layers, model.embedding) == (1150, 3, 400)
    assert (model.tied, model.narrow, model.bound_embedding) == (True, True, 0.1)
    shares = model.dropout_input, model.dropout, model.dropout_output, model.dropout_embedding
    assert shares == (0.4, 0.3, 0.4, 0.1)
    assert (model.weight_drop, model.dropout_recurrent) == (0.5, 0.0)
    assert (schedule.batch, schedule.steps, schedule.epochs) == (40, 70, 750)
    per_token = schedule.first_rate * 70, schedule.clip / 70, schedule.l2 / 70
    assert per_token == pytest.approx((30, 0.25, 1.2e-6))
    assert schedule.rate(700) == schedule.first_rate
    penalties = schedule.activation_penalty, schedule.temporal_penalty, schedule.nonmonotone
    assert penalties == (2.0, 1.0, 5)
    assert schedule.random_steps


def test_awd_has_its_published_number_of_weights():
    model = recipe_named("awd").over(LanguageTraining()).model.of(cells.get("lstm"), 10_000)
    # A tied matrix with a bias, then 400 -> 1150 -> 1150 -> 400; one bias a gate, theirs has two.
    sizes = ((400, 1150), (1150, 1150), (1150, 400))
    wanted = 10_000 * 401 + sum(4 * n * (m + n + 1) for m, n in sizes)
    assert model.n_weights == wanted
    assert wanted == pytest.approx(24e6, rel=0.02)


def test_variational_is_the_published_program_and_rhn_too():
    variational = recipe_named("variational").over(LanguageTraining())
    assert variational.model.of(cells.get("lstm"), 10_000).dropout == Dropout(0.5, 0.3, 0.3)
    assert variational.schedule.rate(10) == pytest.approx(1 / 1.15)
    deep = recipe_named("rhn").over(LanguageTraining())
    assert deep.model.of(kind_of("rhn-10"), 10_000).n_weights == pytest.approx(23.5e6, rel=0.01)
    assert deep.schedule.rate(20) == pytest.approx(0.2 / 1.02)


@pytest.mark.parametrize(
    ("recipe", "millions"),
    [("n2n-20m", 20.1), ("n2n-32m", 32.3), ("n2n-25m-tied", 24.9), ("n2n-54m-tied", 54.0)],
)
@pytest.mark.parametrize("name", ["nascell", "lstm", EVOLVED])
def test_the_sizes_of_from_nodes_to_networks_are_those_of_any_cell(recipe, millions, name):
    training = recipe_named(recipe).over(LanguageTraining())
    n_weights = training.model.of(kind_of(name), 10_000).n_weights
    assert n_weights / 1e6 == pytest.approx(millions, rel=0.005)


def test_their_rate_still_trains_in_the_last_third():
    schedule = recipe_named("n2n-20m").over(LanguageTraining()).schedule
    assert schedule.epochs == 180
    assert schedule.rate(120) == pytest.approx(0.25 * schedule.first_rate)


@pytest.mark.parametrize(("name", "recipe"), PAIRS)
def test_every_recipe_trains_every_cell(name, recipe):
    training = small(recipe_named(recipe).over(LanguageTraining()))
    model = model_of(training.model.of(kind_of(name), N_WORDS))
    before = [one.detach().clone() for one in model.parameters()]
    epoch = ModelTraining(model, tokens(32), tokens(16), training.schedule, 0).epoch(0)
    assert epoch.failure is None
    assert math.isfinite(epoch.valid_loss)
    for old, (part, new) in zip(before, model.named_parameters(), strict=True):
        assert not new.numel() or not torch.equal(old, new), part


@pytest.mark.parametrize("name", KINDS)
def test_a_mogrifier_under_awd_trains_every_cell_at_equal_weights(name):
    awd = recipe_named("awd").over(LanguageTraining())
    training = small(awd, hidden=9, like="lstm", mogrifier=5, mogrifier_rank=1)
    architecture = training.model.of(kind_of(name), N_WORDS)
    assert architecture.n_weights <= training.model.of(cells.get("lstm"), N_WORDS).n_weights
    epoch = ModelTraining(
        model_of(architecture), tokens(32), tokens(16), training.schedule, 0
    ).epoch(0)
    assert epoch.failure is None


def test_a_recipe_takes_the_place_of_settings_and_leaves_the_others():
    base = LanguageTraining(ModelSettings(like="gru", hidden=7), Schedule(lanes=3))
    found = recipe_named("awd").over(base)
    assert (found.model.like, found.schedule.lanes, found.model.hidden) == ("gru", 3, 1150)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("summary = 'a'", "`source` is missing"),
        ("summary = 'a'\nsource = 'b'\nrate = 1", "there is no setting `rate`"),
        ("summary = 'a'\nsource = 'b'\n[model]\nweight_drop = 1.0", "`weight_drop` must be"),
        ("summary = 'a'\nsource = 'b'\n[schedule]\nnonmonotone = -1", "`nonmonotone` must be"),
        ("[", "expected TOML"),
    ],
)
def test_a_faulty_file_is_refused_by_name(tmp_path, content, message):
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(ConfigError, match=rf"mine\.toml.*{message}"):
        recipe_named(str(path))


def test_an_unknown_recipe_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match=r"no recipe 'adw'\. Did you mean 'awd'"):
        recipe_named("adw")


@pytest.mark.parametrize(
    ("setting", "value"),
    [("activation_penalty", -1.0), ("temporal_penalty", -0.1), ("nonmonotone", -1),
     ("random_steps", 3)],
)  # fmt: skip
def test_impossible_settings_of_a_schedule_are_refused(setting, value):
    with pytest.raises(ConfigError, match=f"`{setting}` must"):
        Schedule(**{setting: value})


def test_what_is_off_stands_nowhere_so_that_earlier_trainings_go_on():
    plain = Schedule().to_dict()
    assert "nonmonotone" not in plain
    assert Schedule(nonmonotone=5).to_dict() == {**plain, "nonmonotone": 5}
    assert Dropout().to_dict() == {"forward": 0.0, "recurrent": 0.0, "embedding": 0.0}
    assert Dropout(input=0.0, weights=0.5).to_dict()["input"] == 0.0
