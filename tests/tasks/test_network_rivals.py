import numpy as np
import pytest

from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import Trainer, warm_up
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals import trained
from cellcolony.tasks.rivals.trained import Terms, compare_networks, entrants, nearest_width
from tests.tasks.files import frame

TRAINING = Protocol(name="quick", epochs=1, window=20, lanes=4)


@pytest.fixture(scope="module")
def task():
    wave = frame(240).cumsum()
    return Forecast.from_frames(wave, ["x", "y"])


def terms(task, *, n_weights=100, epochs=3, stop=0, **settings):
    warm_up(trained.cell_names() | {"linear"})
    trainer = Trainer(task.series("train", True), task.series("valid", True), TRAINING)
    stopped = np.array([stop], np.uint8)
    return Terms(trainer, n_weights, epochs, **{"seed": 0, "workers": 2, **settings}, stop=stopped)


def test_every_kind_comes_in_the_evolved_size_and_with_12_nodes(task):
    found = list(entrants(task, terms(task)))
    kinds = [entrant.name.split(",")[0] for entrant in found]
    assert kinds == ["GRU", "GRU", "LSTM", "LSTM", "feed-forward", "feed-forward"]
    assert [e.name for e in found[1::2]] == [f"{kind}, 12 nodes" for kind in kinds[1::2]]
    for entrant in found[::2]:
        assert abs(entrant.network.n_weights - 100) < 20


def test_an_evolved_size_that_means_12_nodes_gives_one_rival_of_a_kind(task):
    twelve = rivals.NETWORKS["GRU"](2, 2, width=12, output_cell="linear")
    names = [entrant.name for entrant in entrants(task, terms(task, n_weights=twelve.n_weights))]
    assert [name for name in names if name.startswith("GRU")] == ["GRU, 12 nodes"]


@pytest.mark.parametrize("name", rivals.NETWORKS.names())
def test_the_chosen_width_is_the_nearest_of_all(name):
    def build(width):
        return rivals.NETWORKS[name](3, 1, width=width, output_cell="linear")

    for n_weights in (1, 17, 60, 61, 300):
        distance = {w: abs(build(w).n_weights - n_weights) for w in range(1, 70)}
        assert distance[nearest_width(build, n_weights)] == min(distance.values())


@pytest.mark.parametrize("name", ["GRU", "LSTM"])
def test_recurrent_rivals_see_their_whole_layer_one_step_before(name):
    network = rivals.NETWORKS[name](3, 1, width=4, output_cell="linear")
    hidden = [node.id for node in network.nodes if node.kind == "hidden"]
    assert {node.cell for node in network.nodes if node.kind == "hidden"} == {name.lower()}
    expected = {(source, target, 1) for source in hidden for target in hidden}
    assert set(map(tuple, network.recurrent_edges.tolist())) == expected


def test_rivals_are_scored_on_the_same_rows_and_trained_as_long_as_they_are_told(task):
    found = [*compare_networks(task, terms(task)), *rivals.compare(task)]
    assert len({score.valid.n_rows for score in found}) == 1
    assert {score.test.n_rows for score in found} == {36}
    epochs = {score.epochs for score in found}
    assert epochs == {3, None}
    for score in found:
        assert len(score.test.mae) == len(score.test.mse) == 2
        assert np.isfinite([*score.valid.mae, *score.valid.mse, *score.test.mae]).all()


def test_the_same_seed_gives_the_same_rivals_for_any_number_of_workers(task):
    one, two, other = (
        [score.test for score in compare_networks(task, terms(task, **settings))]
        for settings in ({"workers": 1}, {"workers": 3}, {"seed": 1})
    )
    assert one == two
    assert one != other


def test_rivals_that_are_stopped_before_their_first_validation_are_left_out(task):
    assert compare_networks(task, terms(task, stop=1)) == []


def test_rivals_cut_short_say_so(task):
    agreed = terms(task, epochs=100_000, workers=1)
    network = next(iter(entrants(task, agreed)))
    train = agreed.trainer.train

    class CutShort:
        protocol = TRAINING

        def train(self, network, *, stop, epochs):
            return train(network, stop=stop, epochs=2)

    short = Terms(CutShort(), 100, 100_000, 0, 1, agreed.stop)  # type: ignore[arg-type]
    scores = compare_networks(task, short)
    assert scores[0].name == f"{network.name} (cut short: 2 epochs)"
    assert scores[0].epochs == 2
