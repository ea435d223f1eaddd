"""All tasks: what is known of each, and which genomes it trains."""

import pytest

from cellcolony.errors import ConfigError
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.networks.protocol import Protocol
from cellcolony.search.methods import METHODS
from cellcolony.tasks import TASKS, training_of


@pytest.mark.parametrize("name", TASKS.names())
def test_every_task_says_how_it_trains_and_what_is_measured(name):
    task = TASKS[name]
    assert task.kind == name
    assert task.measure.mean([2.0, 2.0]) == pytest.approx(2.0)
    for training in task.trainings.values():
        training.settings()
        assert training.executor in ("threads", "processes")
    assert any(METHODS[method].genome in task.trainings for method in METHODS.names())


def test_a_mean_of_perplexities_is_that_of_the_mean_loss():
    assert TASKS["language"].measure.mean([1.0, 4.0]) == pytest.approx(2.0)
    assert TASKS["forecast"].measure.mean([1.0, 4.0]) == pytest.approx(2.5)


def test_the_training_of_a_genome_is_that_of_its_kind():
    assert training_of(TASKS["forecast"], "network", "x").settings is Protocol
    for genome in ("tree", "cell"):
        assert training_of(TASKS["language"], genome, "x").settings is LanguageTraining


@pytest.mark.parametrize(
    ("task", "method", "message"),
    [
        (
            "language",
            "ants",
            "'ants' searches for a network, and .*'language' trains a tree or a mixture or a c",
        ),
        ("language", "random", "'random' searches for a network"),
        ("forecast", "nodes", "'nodes' searches for a tree, and .*'forecast' trains a network"),
        ("forecast", "model", "'model' searches for a cell"),
    ],
)
def test_a_method_whose_genomes_a_task_cannot_train_is_refused(task, method, message):
    with pytest.raises(ConfigError, match=message):
        training_of(TASKS[task], METHODS[method].genome, f"the method {method!r}")
