"""Fixed networks are tuned: every design once, then at random, the best on rung after rung."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.contract import Evaluation, Problem
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.runs.resume import resume
from cellcolony.runs.studies import evolve, study_of
from cellcolony.search.fixed import FixedNetworks, Tuning
from cellcolony.search.fixed.designs import DESIGNS, Design
from cellcolony.search.fixed.tuning import menu
from cellcolony.seeds import rng_for
from cellcolony.store.encoding import decode, encode
from cellcolony.tasks.forecast import Forecast

PROBLEM = Problem(("a", "b", "c"), ("a",))
SMALL = FixedNetworks(widths=(2, 0), windows=(1, 4))


def asked(search, numbers):
    return [search.ask(number, rng_for(0, number, "ask")) for number in numbers]


def trained(candidate, loss):
    weights = np.full(candidate.genome.n_all_weights, loss, np.float32)
    return Evaluation.succeeded(loss, weights, (1.0, loss))


def test_a_window_holds_the_columns_that_are_forecast_however_outputs_are_called():
    steps = Problem(("a", "b", "c"), ("b[t+1]", "b[t+2]"), forecast=("b",))
    assert steps.own == (1,)
    network = Design("gru", 1, 2, 4).build(steps, recurrent=False)
    assert set(network.recurrent_edges[:, 0].tolist()) == {1}
    assert Problem(("a", "b", "c"), ("c", "a")).own == (0, 2)
    assert Problem(("a", "b"), ("z",)).own == (0, 1), "none of them is: all are meant"


def test_a_design_that_is_named_twice_is_tried_once():
    twice = FixedNetworks(("gru", "gru"), (1, 1), (2, 2), windows=(4, 4))
    search = Tuning.start(twice, PROBLEM, rng_for(0, -1, "start"))
    assert len(search.deck) == 1
    assert Tuning.from_state(twice, PROBLEM, search.state()).deck == search.deck


def test_the_first_round_tries_every_design_once_as_the_protocol_trains():
    search = Tuning.start(SMALL, PROBLEM, rng_for(0, -1, "start"))
    n = len(list(menu(SMALL, PROBLEM)))
    candidates = asked(search, range(n))
    keys = ("kind", "n_layers", "width", "n_lags")
    seen = {tuple(one.how[key] for key in keys) for one in candidates}
    assert seen == set(menu(SMALL, PROBLEM))
    assert {kind for kind, *_ in seen} == set(DESIGNS)
    assert {width for _, _, width, _ in seen} == {2, 3}  # 0 is as many as there are inputs
    assert {n_layers for kind, n_layers, *_ in seen if kind == "elman"} == {1}
    assert {kind for kind, *_, n_lags in seen if n_lags > 1} == {"feed_forward", "gru"}
    for one in candidates:
        own = {skip for source, _, skip in one.genome.recurrent_edges.tolist() if source == 0}
        assert own == set(range(1, one.how["n_lags"])), "a is the target"
    assert {(one.rate, one.weight_decay) for one in candidates} == {(1.0, 0.0)}
    for one in candidates:
        assert len([node for node in one.genome.nodes if node.kind == "hidden"]) == (
            one.how["n_layers"] * one.how["width"]
        )
        assert one.genome.weights is not None


def test_later_rounds_draw_rates_within_the_factor_decays_and_other_first_weights():
    search = Tuning.start(
        FixedNetworks(("gru",), (1,), (2,), windows=(1,)), PROBLEM, rng_for(0, -1, "start")
    )
    first, *others = asked(search, range(40))
    rates = [one.rate for one in others]
    assert 0.25 <= min(rates) < 0.5 < 2 < max(rates) <= 4
    assert {one.weight_decay for one in others} == {0.0, 0.01, 0.03, 0.1, 0.3}
    assert len({float(one.genome.weights[0]) for one in (first, *others)}) == 40


def test_the_best_go_on_from_rung_to_rung_with_the_weights_that_they_have():
    search = Tuning.start(
        FixedNetworks(widths=(2,), efforts=(1, 4), shares=(0.5, 0.5)),
        PROBLEM,
        rng_for(0, -1, "start"),
    )
    seen = {}
    for number in range(40):
        (one,) = asked(search, [number])
        seen[number] = one
        search.tell(number, trained(one, 1.0 / (1 + number) if one.effort == 1 else 2.0))
    again = [one for one in seen.values() if one.effort == 4]
    assert again
    for one in again:
        before = seen[one.how["trained_again"]]
        assert one.parents == (before.number,)
        assert one.how["epochs_before"] == 1
        assert (one.rate, one.weight_decay) == (before.rate, before.weight_decay)
        np.testing.assert_array_equal(one.genome.weights, np.float32(1.0 / (1 + before.number)))
    efforts = [one.effort for one in seen.values()]
    assert sum(efforts[n] for n in range(40) if efforts[n] == 4) <= 0.5 * sum(efforts)
    assert {one.how["rung"] for one in again} == {1}, "nobody goes beyond the last rung"


@settings(deadline=None, max_examples=25)
@given(st.permutations(range(12)), st.sets(st.integers(0, 11)), st.integers(0, 12))
def test_a_state_goes_on_as_if_it_had_never_been_written(order, failing, cut):
    search = Tuning.start(SMALL, PROBLEM, rng_for(1, -1, "start"))
    candidates = asked(search, range(12))
    other = None
    for place, number in enumerate(order):
        if place == cut:
            other = Tuning.from_state(SMALL, PROBLEM, decode(*encode(search.state())))
        told = (
            Evaluation.failed("it diverged")
            if number in failing
            else trained(candidates[number], 0.1 + number / 100)
        )
        for one in (search, other):
            if one is not None:
                one.tell(number, told)
    other = other or Tuning.from_state(SMALL, PROBLEM, decode(*encode(search.state())))
    assert encode(search.state()) == encode(other.state())
    for one, same in zip(asked(search, range(12, 20)), asked(other, range(12, 20)), strict=True):
        assert (one.how, one.rate, one.effort, one.parents) == (
            same.how, same.rate, same.effort, same.parents,
        )  # fmt: skip
        np.testing.assert_array_equal(one.genome.weights, same.genome.weights)


def test_what_cannot_be_is_refused():
    with pytest.raises(ConfigError, match=r"no design 'gruu'\. Did you mean 'gru'"):
        FixedNetworks(designs=("gruu",))
    search = Tuning.start(SMALL, PROBLEM, rng_for(0, -1, "start"))
    (one,) = asked(search, [0])
    with pytest.raises(GenomeError, match="must have shape"):
        search.tell(0, Evaluation.succeeded(0.1, np.zeros(1, np.float32), (1.0, 0.1)))
    assert list(search.pending) == [0]
    search.tell(0, trained(one, 0.1))
    with pytest.raises(KeyError, match="never asked"):
        search.tell(0, trained(one, 0.1))
    with pytest.raises(ConfigError, match="other fixed networks"):
        Tuning.from_state(FixedNetworks(("mgu",)), PROBLEM, search.state())


def test_rates_reach_the_training_and_a_study_goes_on(tmp_path):
    time = np.arange(240)
    read = Forecast.from_frames(
        pd.DataFrame({"wave": np.sin(time / 7), "other": np.cos(time / 7)}), ["wave"]
    )
    method = FixedNetworks(("gru", "elman"), (1,), (2,), efforts=(1, 2), shares=(0.5, 0.5))
    options = {"training": "modern", "seed": 3, "order": "strict", "rivals": ("persistence",)}
    whole = evolve(read, method, "10 networks", out=tmp_path / "whole", **options)
    parts = tmp_path / "parts"
    evolve(read, method, "6 networks", out=parts, **options)
    resumed = resume(parts, "10 networks", task=read)
    assert whole.error("valid") == resumed.error("valid")
    journals = [(one / "journal.jsonl").read_text() for one in (tmp_path / "whole", parts)]
    rates = ['"rate":' in text for text in journals]
    assert all(rates)
    assert study_of(read, method).config.method_name == "fixed"
