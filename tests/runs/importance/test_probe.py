"""A network whose edges read something else gives what it gives on data that are so."""

from concurrent.futures import CancelledError

import numpy as np
import pytest

from cellcolony.networks.train import predict
from cellcolony.runs.importance import probe as probing
from cellcolony.runs.importance.probe import Probe, Substitute, live_part
from tests.runs.importance.networks import COLUMNS, lawful, recurrent, task

TASK = task("y")


def error_on(data, network, change):
    """Return the error on the validation rows whose inputs were changed."""
    outputs = []
    for series in data.series("valid", False):
        inputs = series.inputs.copy()
        change(inputs)
        outputs.append(predict(network, inputs))
    return data.score("valid", data.unscale("valid", outputs, False)).mae


def test_what_reaches_an_output_is_the_same_network():
    network = recurrent()
    part = live_part(network)
    assert len(part.nodes) == len(network.nodes) - 2  # the dead node, and the column it alone reads
    assert part.n_all_weights == network.n_weights
    inputs = TASK.series("valid", False)[0].inputs
    np.testing.assert_array_equal(predict(part, inputs[:, :3]), predict(network, inputs))


def test_the_columns_that_a_network_reads_are_known():
    assert Probe.of(TASK, lawful(), False).names == ["a", "b", "faint"]


def test_without_a_substitute_the_error_is_that_of_the_scores():
    network = recurrent()
    (found,) = Probe.of(TASK, network, False).errors([{}])
    expected = TASK.score("valid", TASK.predictions(network, "valid", False)).mae
    np.testing.assert_allclose(found, expected, rtol=1e-5)


@pytest.mark.parametrize("column", range(3))
def test_a_column_held_at_its_mean_is_as_if_the_data_had_it_so(column):
    network, mean = recurrent(), TASK.recordings[0].values[COLUMNS[column]][:419].mean()

    def hold(inputs):
        inputs[:, column] = mean

    probe = Probe.of(TASK, network, False)
    (found,) = probe.errors([{Substitute(column): probe.sources == column}])
    np.testing.assert_allclose(found, error_on(TASK, network, hold), rtol=1e-5)


def test_shuffled_columns_are_as_if_the_data_had_them_so_each_on_its_own():
    network, probe = recurrent(), Probe.of(TASK, recurrent(), False)
    rng = np.random.default_rng(5)
    orders = [[rng.permutation(len(one)) for one in probe.inputs] for _ in range(2)]
    asked = [(column, draw) for column in range(3) for draw in range(2)]
    found = probe.errors([{Substitute(*one): probe.sources == one[0]} for one in asked], orders)
    for (column, draw), one in zip(asked, found, strict=True):
        order = orders[draw][0]

        def shuffle(inputs, column=column, order=order):
            inputs[:, column] = inputs[order, column]

        np.testing.assert_allclose(one, error_on(TASK, network, shuffle), rtol=1e-5)


def test_what_is_computed_side_by_side_changes_nothing(monkeypatch):
    probe = Probe.of(TASK, recurrent(), False)
    readings = [{Substitute(column): probe.sources == column} for column in range(3)]
    together = probe.errors(readings)
    monkeypatch.setattr(probing, "MOST_NUMBERS", 1)
    np.testing.assert_array_equal(together, probe.errors(readings))


def test_several_columns_can_be_replaced_at_once():
    probe = Probe.of(TASK, lawful(), False)
    both = {Substitute(column): probe.sources == column for column in (0, 1)}
    (found,) = probe.errors([both])
    assert found[0] > max(probe.errors([{one: edges}])[0, 0] for one, edges in both.items())


def test_an_error_that_is_no_number_is_infinite():
    network = lawful()
    assert network.weights is not None
    (found,) = Probe.of(TASK, network.with_weights(network.weights * 1e38), False).errors([{}])
    assert np.isinf(found).all()


def test_a_stop_flag_ends_it():
    with pytest.raises(CancelledError):
        Probe.of(TASK, lawful(), False).errors([{}], stop=np.ones(1, np.uint8))
