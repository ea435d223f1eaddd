import numpy as np
import pytest

from cellcolony.errors import GenomeError
from cellcolony.networks.builders import fixed_network
from cellcolony.networks.stepper import Stepper
from cellcolony.networks.train import predict

RNG = np.random.default_rng(3)
INPUTS = RNG.normal(size=(700, 2)).astype(np.float32)


def network(cell="gru", skips=(1, 3)):
    bare = fixed_network([cell], 2, 2, output_cell="linear", time_skips=skips)
    return bare.with_weights(RNG.normal(0, 0.4, bare.n_all_weights))


@pytest.mark.parametrize("cell", ["gru", "lstm", "simple"])
@pytest.mark.parametrize(
    "sizes", [[700], [1] * 20, [2, 300, 1, 397], [256, 256, 188], [0, 5, 0, 4]]
)
def test_steps_in_any_portions_give_what_the_whole_series_gives(cell, sizes):
    chosen = network(cell)
    stepper, at, outputs = Stepper(chosen), 0, []
    for size in sizes:
        outputs.append(stepper.run(INPUTS[at : at + size]))
        at += size
    expected = predict(chosen, INPUTS[:at])
    np.testing.assert_array_equal(np.concatenate(outputs), expected)


def test_a_network_without_weights_is_refused():
    bare = fixed_network(["gru"], 1, 1, output_cell="linear", time_skips=(1,))
    with pytest.raises(GenomeError, match="must have weights"):
        Stepper(bare)


@pytest.mark.parametrize("n_inputs", [1, 3])
def test_inputs_that_the_network_has_not_are_refused(n_inputs):
    with pytest.raises(GenomeError, match=f"The data have {n_inputs} inputs. Got a network with 2"):
        Stepper(network()).run(np.zeros((5, n_inputs), np.float32))


@pytest.mark.parametrize("at", [0, 1, 5, 300])
def test_another_stepper_goes_on_from_a_state_to_the_bit(at):
    chosen = network("lstm")
    first, second = Stepper(chosen), Stepper(chosen)
    first.run(INPUTS[:at])
    second.run(INPUTS[:3])
    second.load(first.state())
    np.testing.assert_array_equal(second.run(INPUTS[at:]), first.run(INPUTS[at:]))
    second.reset()
    np.testing.assert_array_equal(second.run(INPUTS), predict(chosen, INPUTS))


def test_a_state_holds_what_nodes_gave_and_what_they_remember():
    chosen = network("lstm")
    stepper = Stepper(chosen)
    outputs = stepper.run(INPUTS[:5])
    state = stepper.state()
    assert state["outputs"].shape == (3, len(chosen.nodes))  # the longest skip is 3
    np.testing.assert_array_equal(state["outputs"][:, :2], INPUTS[2:5])
    np.testing.assert_array_equal(state["outputs"][:, -2:], outputs[-3:])
    assert state["memories"].shape == (2,)  # one of each LSTM
