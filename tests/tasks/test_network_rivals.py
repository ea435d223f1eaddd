# pyright: reportOptionalMemberAccess=false, reportArgumentType=false
# What may be None is not where a test reads it, or the test fails.

import numpy as np
import pytest

from cellcolony.contract import Problem
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import Trainer
from cellcolony.networks.warm_up import warm_up
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.trained import cell_names, entrants, nearest_width, train_and_score
from tests.tasks.files import frame

TRAINING = Protocol(name="quick", epochs=1, window=20, lanes=4)


@pytest.fixture(scope="module")
def task():
    wave = frame(240).cumsum()
    return Forecast.from_frames(wave, ["x", "y"])


PROBLEM = Problem(("x", "y"), ("x", "y"))
KINDS = rivals.NETWORKS.names()


@pytest.fixture(scope="module")
def trainer(task):
    warm_up(cell_names() | {"linear"})
    return Trainer(task.series("train", True), task.series("valid", True), TRAINING)


def scored(task, trainer, *, seed=0, epochs=3, stop=0):
    """Return what became of each network rival."""
    flag = np.array([stop], np.uint8)
    return [
        train_and_score(task, trainer, entrant, epochs, flag)
        for entrant in entrants(KINDS, PROBLEM, 100, seed)
    ]


def test_every_kind_comes_in_the_evolved_size_and_with_12_nodes():
    found = list(entrants(KINDS, PROBLEM, 100, seed=0))
    kinds = [entrant.name.split(",")[0] for entrant in found]
    assert kinds == ["GRU", "GRU", "LSTM", "LSTM", "feed-forward", "feed-forward"]
    assert [e.name for e in found[1::2]] == [f"{kind}, 12 nodes" for kind in kinds[1::2]]
    for entrant in found[::2]:
        assert abs(entrant.network.n_weights - 100) < 20


def test_an_evolved_size_that_means_12_nodes_gives_one_rival_of_a_kind():
    twelve = rivals.NETWORKS["GRU"](2, 2, width=12, output_cell="linear")
    names = [entrant.name for entrant in entrants(KINDS, PROBLEM, twelve.n_weights, seed=0)]
    assert [name for name in names if name.startswith("GRU")] == ["GRU, 12 nodes"]


@pytest.mark.parametrize("name", rivals.NETWORKS.names())
def test_the_chosen_width_is_the_nearest_of_all(name):
    def build(width):
        return rivals.NETWORKS[name](3, 1, width=width, output_cell="linear")

    for n_weights in (1, 17, 60, 61, 300):
        distance = {w: abs(build(w).n_weights - n_weights) for w in range(1, 70)}
        assert distance[nearest_width(build, n_weights)] == min(distance.values())


def test_no_rival_is_wider_than_a_network_may_be():
    def build(width):
        return rivals.NETWORKS["feed-forward"](1, 1, width=width, output_cell="linear")

    assert abs(build(nearest_width(build, 28_000)).n_weights - 28_000) <= 1
    widest = nearest_width(build, 1_000_000)
    assert len(build(widest).nodes) == 10_000


@pytest.mark.parametrize("name", ["GRU", "LSTM"])
def test_recurrent_rivals_see_their_whole_layer_one_step_before(name):
    network = rivals.NETWORKS[name](3, 1, width=4, output_cell="linear")
    hidden = [node.id for node in network.nodes if node.kind == "hidden"]
    assert {node.cell for node in network.nodes if node.kind == "hidden"} == {name.lower()}
    expected = {(source, target, 1) for source in hidden for target in hidden}
    assert set(map(tuple, network.recurrent_edges.tolist())) == expected


def test_rivals_are_scored_on_the_same_rows_and_trained_as_long_as_they_are_told(task, trainer):
    found = [*scored(task, trainer), *rivals.compare(task)]
    assert len({score.valid.n_rows for score in found}) == 1
    assert {score.test.n_rows for score in found} == {36}
    epochs = {score.epochs for score in found}
    assert epochs == {3, None}
    for score in found:
        assert score.test.targets == ("x", "y")
        assert len(score.test.mae) == len(score.test.mse) == 2
        assert np.isfinite([*score.valid.mae, *score.valid.mse, *score.test.mae]).all()


def test_the_same_seed_gives_the_same_rivals(task, trainer):
    one, two, other = (
        [score.test for score in scored(task, trainer, seed=seed)] for seed in (0, 0, 1)
    )
    assert one == two
    assert all(here != there for here, there in zip(one, other, strict=True))


def test_the_kept_weights_are_those_of_the_best_epoch(task, trainer):
    entrant = next(iter(entrants(KINDS, PROBLEM, 100, seed=0)))
    result = trainer.train(entrant.network, stop=np.zeros(1, np.uint8), epochs=3)
    network = entrant.network.with_weights(result.weights)
    found = train_and_score(task, trainer, entrant, 3, np.zeros(1, np.uint8))
    assert found.valid == task.score("valid", task.predictions(network, "valid", True))
    assert found.n_weights == network.n_weights


def test_a_rival_that_is_stopped_before_its_first_validation_has_no_score(task, trainer):
    assert set(scored(task, trainer, stop=1)) == {None}


def test_a_rival_says_how_many_epochs_it_was_trained_when_it_is_stopped(task, trainer):
    class Stopped:
        protocol = TRAINING

        def train(self, network, *, stop, epochs, memory):
            return trainer.train(network, stop=stop, epochs=2)

    entrant = next(iter(entrants(KINDS, PROBLEM, 100, seed=0)))
    found = train_and_score(task, Stopped(), entrant, 100_000, np.zeros(1, np.uint8))
    assert (found.name, found.epochs) == (entrant.name, 2)
