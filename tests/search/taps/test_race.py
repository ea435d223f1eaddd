"""A race of taps: openers first, shares of training kept, a state that goes on as it was."""

from dataclasses import replace

import numpy as np
import pytest

from cellcolony.contract import Candidate, Evaluation, LinearStart, Problem
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks.builders import fixed_network
from cellcolony.networks.train import predict
from cellcolony.search.methods import control_of
from cellcolony.search.taps import RandomTaps, TapRace, Taps, UnguidedTaps
from cellcolony.search.taps.contender import LINEAR, NICHES, PLAIN, PRUNED, SMALL, UNITED, Contender
from cellcolony.search.taps.openers import openers
from cellcolony.search.taps.race import Race
from cellcolony.search.taps.registry import GUIDES
from cellcolony.search.taps.space import Space
from cellcolony.seeds import rng_for
from cellcolony.store.encoding import decode, encode
from tests.search.taps.races import BLIND, PROBLEM, VIEW, loss_of, run, started, trained


def test_the_linear_models_run_first_with_the_weights_that_were_fitted():
    race = started(Taps())
    first = race.ask(0, rng_for(0, 0, "ask")).genome
    second = race.ask(1, rng_for(0, 1, "ask")).genome
    assert first.recurrent_edges.tolist() == [[0, 3, 3], [1, 3, 2]]
    np.testing.assert_allclose(first.weights, [0.5, -0.25, 0.1], rtol=1e-6)
    np.testing.assert_allclose(second.weights, [0.1, 0.2, 0.3, 0.0], rtol=1e-6)


def test_beside_a_linear_start_the_layers_say_little_at_first():
    race = started(Taps())
    asked = [race.ask(number, rng_for(0, number, "ask")) for number in range(60)]
    some = [one.genome for one in asked if len(one.genome.edges) and (0, 3, 3) in map(
        tuple, one.genome.recurrent_edges.tolist())]  # fmt: skip
    assert some
    for network in some:
        weight = dict(
            zip(map(tuple, network.recurrent_edges.tolist()),
                network.weights[len(network.edges) :].tolist(), strict=False)
        )  # fmt: skip
        assert weight[0, 3, 3] == np.float32(0.5)
        from_layers = [
            abs(w) for (s, t), w in zip(network.edges.tolist(), network.weights, strict=False)
            if t == 3 and s > 3
        ]  # fmt: skip
        assert from_layers
        assert max(from_layers) < 0.2


def test_rungs_screening_pruning_teaching_and_uniting_get_their_shares_of_training():
    settings = Taps(inherit=False)
    race = started(settings)
    asked = run(race, 600)
    names = ("0", "1", "2", "3", "screening", "pruning", "teaching", "uniting")
    effort: dict[str, int] = dict.fromkeys(names, 0)
    for one in asked:
        if "without" in one.how:
            effort["screening"] += one.effort
        elif "pruned" in one.how:
            effort["pruning"] += one.effort
        elif "taught_by" in one.how:
            effort["teaching"] += one.effort
        elif "united" in one.how:
            effort["uniting"] += one.effort
        elif "trained_again" in one.how:
            effort[str(one.how["rung"])] += one.effort
        else:
            effort["0"] += one.effort
            assert one.how["made"] == "elite" or one.effort == 1
    assert effort == race.race.spent
    total = sum(effort.values())
    left = 1 - settings.teaching - settings.uniting
    shares = dict(zip("0123", [left * share for share in settings.shares], strict=True))
    for rung in "123":
        assert shares[rung] / 2 < effort[rung] / total <= shares[rung]
    assert effort["screening"] / total <= left * settings.screening
    assert 0 < effort["pruning"] / total <= left * settings.pruning
    assert settings.teaching / 2 < effort["teaching"] / total <= settings.teaching
    assert settings.uniting / 2 < effort["uniting"] / total <= settings.uniting


def test_a_pupil_learns_what_the_best_of_several_families_forecast_together():
    race = started(Taps(screening=0.0, pruning=0.0, teaching=0.12))
    asked, n_teachers = {}, set()
    for number in range(300):
        every = {one.number: one for niche in (PLAIN, LINEAR) for one in race.race.everybody(niche)}
        candidate = race.ask(number, rng_for(0, number, "ask"))
        asked[number] = candidate
        told_by = candidate.how.get("taught_by")
        if told_by is None:
            assert candidate.teacher is None
        else:
            assert race.teachers is not None
            assert candidate.teacher is not None
            teachers = race.teachers.some
            assert told_by == [one.number for one in teachers]
            assert len({one.family for one in teachers}) == len(teachers) <= 8
            n_teachers.add(len(teachers))
            assert min(one.rung for one in teachers) > 0
            pupil = every[candidate.parents[0]]
            np.testing.assert_array_equal(candidate.genome.weights, pupil.network.weights)
            assert candidate.effort == 9
            assert candidate.how["rung"] == pupil.rung
            rows = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
            losses = np.array([one.loss for one in teachers])
            weights = np.exp(-(losses / losses.min() - 1) / 0.03)
            assert weights.min() > 0.01 * weights.sum()
            forecasts = [predict(one.network, rows) for one in teachers]
            mean = np.average(forecasts, 0, weights)
            np.testing.assert_allclose(predict(candidate.teacher, rows), mean, atol=1e-4)
        race.tell(number, trained(candidate, loss_of(candidate)))
    told = [one for one in asked.values() if one.teacher is not None]
    assert len(told) > 5
    assert len({tuple(one.how["taught_by"]) for one in told}) > 1
    assert max(n_teachers) >= 3
    first = min(one.number for one in told)
    assert sum(one.how.get("rung") == 1 for one in asked.values() if one.number < first) >= 3


def test_nobody_is_taught_by_too_few_or_in_a_control():
    alone = Taps(efforts=(1,), shares=(0.5,))
    for settings in (alone, RandomTaps().raced, UnguidedTaps().raced):
        assert all(one.teacher is None for one in run(started(settings), 200))


def test_a_union_forecasts_the_mean_of_two_of_different_families_before_it_is_trained():
    race = started(Taps(uniting=0.1))
    asked, n_members, families = {}, {}, {}
    rows = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    for number in range(700):
        every = {one.number: one for niche in NICHES for one in race.race.everybody(niche)}
        candidate = race.ask(number, rng_for(0, number, "ask"))
        asked[number] = candidate
        couple = [every[one] for one in candidate.how.get("united", ())]
        if couple:
            assert len({one.family for one in couple}) == 2
            assert min(one.rung for one in couple) > 0
            assert candidate.effort == 3
            assert list(candidate.parents) == candidate.how["united"]
            mean = np.mean([predict(one.network, rows) for one in couple], 0)
            np.testing.assert_allclose(predict(candidate.genome, rows), mean, atol=1e-4)
            n_members[number] = race.out[number].members
            assert n_members[number] == sum(one.members for one in couple) <= 8
            families[number] = {one.niche for one in couple}
        race.tell(number, trained(candidate, loss_of(candidate)))
    assert len(n_members) > 10
    assert max(n_members.values()) > 2
    assert any(one <= {PRUNED, SMALL} for one in families.values()), "two pruned ones"
    again = {one.how.get("trained_again") for one in asked.values()}
    assert not again & n_members.keys(), "a union is trained once"


def test_no_two_are_united_where_nobody_goes_on_or_in_a_control():
    alone = Taps(efforts=(1,), shares=(0.5,))
    for settings in (alone, RandomTaps().raced, UnguidedTaps().raced):
        assert not any("united" in one.how for one in run(started(settings), 200))


def test_no_two_are_united_where_a_mean_is_no_output():
    simple = Problem(("a", "b", "c"), ("a",), "simple")
    assert not any("united" in one.how for one in run(started(Taps(), simple), 300))
    assert any("united" in one.how for one in run(started(Taps()), 300))


def test_teaching_and_uniting_share_all_training_at_most():
    with pytest.raises(ConfigError, match=r"`teaching` and `uniting` .* Got 0\.8 and 0\.3"):
        Taps(teaching=0.8, uniting=0.3)


def test_who_is_trained_again_goes_on_from_its_own_weights():
    race = started(Taps(pruning=0.0, screening=0.0, teaching=0.0, uniting=0.0))
    asked = run(race, 120)
    again = [one for one in asked if "trained_again" in one.how]
    assert again
    for one in again:
        before = asked[one.how["trained_again"]]
        assert one.parents == (before.number,)
        np.testing.assert_array_equal(one.genome.weights, before.genome.weights * np.float32(1.01))
        assert one.how["epochs_before"] == before.how["epochs_before"] + 1
        assert (one.rate, one.weight_decay) == (before.rate, before.weight_decay)
    assert len({one.weight_decay for one in again}) > 2


def test_the_best_of_each_niche_go_on_in_turn():
    race = started(Taps(pruning=0.0, screening=0.0, guide="uniform"))
    asked = {one.number: one for one in run(race, 300)}
    linear = {
        one.number for one in asked.values()
        if any(s < 3 and t == 3 for s, t, *_ in
               (*one.genome.edges.tolist(), *one.genome.recurrent_edges.tolist()))
    }  # fmt: skip
    second = [one.how["trained_again"] in linear for one in asked.values()
              if one.how.get("rung") == 1 and "trained_again" in one.how]  # fmt: skip
    assert len(second) > 6
    assert abs(second.count(True) - second.count(False)) <= 1


def test_a_child_keeps_its_parents_weights_where_it_has_the_same_edges():
    race = started(Taps(anew=0.0, again=0.5))
    asked = {one.number: one for one in run(race, 330)}
    children = [one for one in asked.values() if one.how.get("made") == "elite" and one.parents]
    assert len(children) > 50
    kept = 0
    for child in children:
        parent = asked[child.parents[0]].genome
        of_parent = dict(
            zip([(s, t, 0) for s, t in parent.edges.tolist()], parent.weights, strict=False)
        )
        for (s, t), w in zip(child.genome.edges.tolist(), child.genome.weights, strict=False):
            if (s, t, 0) in of_parent:
                assert w == of_parent[s, t, 0] * np.float32(1.01)
                kept += 1
    assert kept > 100


def test_children_are_trained_as_long_as_on_the_rung_below_their_parents():
    settings = Taps(anew=0.0)
    asked = {one.number: one for one in run(started(settings), 400)}
    children = [one for one in asked.values() if one.how.get("made") == "elite" and one.parents]
    assert {one.effort for one in children} >= {1, 3}
    for one in children:
        assert one.effort == settings.efforts[max(one.how["rung"] - 1, 0)]
        assert one.how["rung"] == asked[one.parents[0]].how["rung"]


def test_without_inheritance_a_child_draws_its_own_weights():
    race = started(Taps(anew=0.0, inherit=False))
    children = [one for one in run(race, 200) if one.how.get("made") == "elite"]
    assert children
    assert {one.how["epochs_before"] for one in children} == {0}


@pytest.mark.parametrize("guide", GUIDES.names())
def test_a_state_goes_on_as_if_it_had_never_been_written(guide):
    settings = Taps(guide=guide)
    race = started(settings)
    run(race, 150)
    pending = [race.ask(number, rng_for(0, number, "ask")) for number in range(150, 155)]
    other = TapRace.from_state(race.settings, PROBLEM, decode(*encode(race.state())))
    assert encode(other.state()) == encode(race.state())
    for one in (race, other):
        for candidate in reversed(pending):
            one.tell(candidate.number, trained(candidate, loss_of(candidate)))
    for mine, same in zip(run(race, 60, 155), run(other, 60, 155), strict=True):
        assert (mine.how, mine.effort, mine.rate, mine.parents) == (
            same.how, same.effort, same.rate, same.parents,
        )  # fmt: skip
        np.testing.assert_array_equal(mine.genome.weights, same.genome.weights)
        told = [None if one.teacher is None else one.teacher.digest for one in (mine, same)]
        assert told[0] == told[1]


@pytest.mark.parametrize("guide", GUIDES.names())
def test_every_guide_works_where_nothing_is_known_of_the_taps(guide):
    race = started(Taps(guide=guide), BLIND)
    assert race.space.starts == ()
    for one in run(race, 120):
        assert one.genome.live_weights.any()


def test_pheromone_finds_what_the_loss_favours():
    def share(guide: str) -> float:
        alone = Taps(
            guide=guide, screening=0.0, pruning=0.0, teaching=0.0, efforts=(1,), shares=(1.0,)
        )
        race = started(alone, BLIND)
        late = [one for one in run(race, 400) if one.how["made"] == guide][-120:]
        return float(np.mean([loss_of(one) < 0.9 for one in late]))

    even = share("uniform")
    for guide in ("mmas", "acs", "rank_ants"):
        assert share(guide) > even + 0.15, guide


def test_failures_are_told_like_anything_else():
    race = started(Taps())
    for number in range(80):
        candidate = race.ask(number, rng_for(0, number, "ask"))
        if number % 3:
            race.tell(number, trained(candidate, loss_of(candidate)))
        else:
            race.tell(number, Evaluation.failed("it diverged"))
    assert list(race.pending) == []
    with pytest.raises(KeyError, match="never asked"):
        race.tell(5, Evaluation.failed("again"))


def test_weights_that_do_not_fit_are_refused_and_lose_nothing():
    race = started(Taps())
    race.ask(0, rng_for(0, 0, "ask"))
    with pytest.raises(GenomeError, match="must have shape"):
        race.tell(0, Evaluation.succeeded(0.1, np.zeros(1, np.float32), (1.0, 0.1)))
    assert list(race.pending) == [0]


@pytest.mark.parametrize("wrong", ["too few", "negative", "no number"])
def test_gradients_that_cannot_be_are_refused_and_lose_nothing(wrong):
    race = started(Taps())
    weights = race.ask(0, rng_for(0, 0, "ask")).genome.weights
    rms = np.ones_like(weights)
    if wrong == "too few":
        rms = rms[1:]
    else:
        rms[0] = -1 if wrong == "negative" else np.nan
    with pytest.raises(GenomeError, match="gradients that a training has measured do not fit"):
        race.tell(0, Evaluation.succeeded(0.1, weights, (1.0, 0.1), gradient_rms=rms))
    assert list(race.pending) == [0]
    race.tell(0, Evaluation.succeeded(0.1, weights, (1.0, 0.1)))
    state = decode(*encode(race.state()))
    saved = next(one for rung in state["race"]["waiting"] for one in rung)
    saved["gradient_rms"] = rms
    with pytest.raises(ConfigError, match="a value that is impossible"):
        TapRace.from_state(race.settings, PROBLEM, state)


def test_a_pruned_network_has_lost_the_edges_that_the_loss_cares_about_least():
    race = started(Taps())
    matter, n_pruned, n_asked = {}, 0, 0
    for number in range(400):
        candidate = race.ask(number, rng_for(0, number, "ask"))
        if "pruned" in candidate.how:
            n_pruned += 1
            before = matter[candidate.how["pruned"]]
            kept = set(candidate.genome.edge_keys)
            alive = {node.id for node in candidate.genome.nodes}
            left = [one for key, one in before.items() if key in kept]
            gone = [one for key, one in before.items() if key not in kept and {*key[:2]} <= alive]
            assert max(gone, default=0) <= min(left)
        verdict = trained(candidate, loss_of(candidate))
        race.tell(number, verdict)
        if verdict.gradient_rms is not None:
            n_asked += 1
            assert verdict.weights is not None
            sizes = np.abs(verdict.weights) * verdict.gradient_rms
            matter[number] = dict(zip(candidate.genome.edge_keys, sizes, strict=False))
    assert n_pruned > 10
    assert n_asked < 250, "the lowest rung, where most are, is not asked"


def test_what_cannot_be_is_refused():
    with pytest.raises(ConfigError, match=r"no guide 'elit'\. Did you mean 'elite'"):
        Taps(guide="elit")
    with pytest.raises(ConfigError, match="must rise"):
        Taps(efforts=(3, 1), shares=(0.5, 0.1))
    with pytest.raises(ConfigError, match="hold one for each"):
        Taps(efforts=(1, 3), shares=(0.5,))
    with pytest.raises(ConfigError, match="1 in all at most"):
        Taps(efforts=(1,), shares=(0.95,))
    state = started(Taps()).state()
    with pytest.raises(ConfigError, match="teachers that there cannot be"):
        TapRace.from_state(Taps(), PROBLEM, {**state, "teachers": {"some": [], "since": 0}})
    with pytest.raises(ConfigError, match="other columns"):
        TapRace.from_state(Taps(), BLIND, started(Taps()).state())


def test_the_controls_share_the_space_and_switch_the_search_off():
    taps = Taps(cells=("gru", "simple"), most_width=24)
    assert control_of(taps, "random") == RandomTaps(taps)
    assert control_of(taps, "off") == UnguidedTaps(taps)
    race = TapRace.start(UnguidedTaps(taps).raced, PROBLEM, rng_for(0, -1, "start"))
    known = {
        one.layers for one in openers(Space(taps, PROBLEM), frozenset(range(3)), rng_for(0, 0, "x"))
    }
    n = len(race.deck)
    for one in run(race, 3 * n):
        cells = {node.cell for node in one.genome.nodes if node.kind == "hidden"}
        assert cells <= {"gru", "simple"}
    every = [*race.race.everybody(PLAIN), *race.race.everybody(LINEAR)]
    assert every
    assert {one.blueprint.layers for one in every if one.blueprint is not None} <= known


def test_a_start_that_holds_another_does_not_lend_it_its_weights():
    small = LinearStart(((0, 3),), ((0.5,),), (0.1,))
    large = LinearStart(((0, 3), (1, 2), (2, 0)), ((0.4,), (0.3,), (0.2,)), (0.0,))
    nested = replace(VIEW, starts=(large, small))
    race = started(Taps(), replace(PROBLEM, linear=nested))
    first, second = (race.ask(number, rng_for(0, number, "ask")).genome for number in (0, 1))
    np.testing.assert_allclose(first.weights, [0.2, 0.4, 0.3, 0.0], rtol=1e-6)
    np.testing.assert_allclose(second.weights, [0.5, 0.1], rtol=1e-6)


@pytest.mark.parametrize(
    "settings",
    [
        Taps(cells=("delta",), most_width=3, most_layers=1),
        Taps(cells=("simple",), most_width=4, most_layers=1, linear_start=False),
    ],
)
@pytest.mark.parametrize("guide", ["elite", "openers", "uniform"])
def test_no_network_is_larger_than_may_be(settings, guide):
    for one in run(started(replace(settings, guide=guide, uniting=0.0)), 150):
        hidden = [node for node in one.genome.nodes if node.kind == "hidden"]
        assert len(hidden) <= settings.most_width
        assert {node.depth for node in hidden} <= {1.0}
        assert {node.cell for node in hidden} <= set(settings.cells)


def test_openers_hold_what_a_careful_user_would_train():
    found = openers(Space(Taps(), PROBLEM), frozenset(range(3)), rng_for(0, 0, "x"))
    cells = {layer.cell for one in found for layer in one.layers}
    assert cells == {"gru", "mgu", "ugrnn", "lstm", "delta", "simple"}
    assert {len(one.layers) for one in found} == {0, 1, 2}
    assert any(one.layers and not one.layers[0].skips for one in found), "a lag-window MLP"
    assert {one.from_linear for one in found} == {True, False}
    assert {one.direct for one in found} == {(), *(start.taps for start in VIEW.starts)}


def test_the_guide_proposes_before_all_openers_have_run():
    asked = run(started(Taps(pruning=0.0, screening=0.0, teaching=0.0, uniting=0.0)), 100)
    made = [one.how["made"] for one in asked if "made" in one.how]
    assert set(made[:16]) == {"opener"}
    assert 0.3 < made[16:].count("elite") / len(made[16:]) < 0.7


def test_openers_that_did_well_are_drawn_again_more_often_than_others():
    race = started(Taps(again=1.0, teaching=0.0, screening=0.0, pruning=0.0))
    found: dict[str, list[bool]] = {"opener": [], "elite": []}
    for number in range(900):
        one = race.ask(number, rng_for(0, number, "ask"))
        is_good = any(node.cell == "lstm" for node in one.genome.nodes)
        race.tell(number, trained(one, loss_of(one) / (2 if is_good else 1)))
        if "made" in one.how and one.genome.edge_keys:
            found[one.how["made"]].append(is_good)
    first, again = np.mean(found["opener"]), np.mean(found["elite"])
    assert 0.04 < first < 0.4
    assert 1.5 * first < again < 0.8


def test_openers_drawn_again_are_trained_as_the_best_were():
    race = started(Taps(again=1.0, teaching=0.0, screening=0.0, pruning=0.0))
    found: dict[str, list[float]] = {"opener": [], "elite": []}
    for number in range(900):
        one = race.ask(number, rng_for(0, number, "ask"))
        race.tell(number, trained(one, loss_of(one) / (2 if one.weight_decay > 0.05 else 1)))
        if "made" in one.how and one.genome.edge_keys:
            found[one.how["made"]].append(one.weight_decay > 0.05)
    first, again = np.mean(found["opener"]), np.mean(found["elite"])
    assert 0.2 < first < 0.45, "a third of those that there are"
    assert 0.5 < again < 0.85


def test_pruning_ends_where_the_loss_is_far_above_that_of_the_best():
    race = started(Taps(guide="uniform", teaching=0.0, screening=0.0))
    starts: list[float] = []
    losses: dict[int, float] = {}
    for number in range(900):
        one = race.ask(number, rng_for(0, number, "ask"))
        before = one.how.get("pruned")
        loss = 1.2 * losses[before] if before is not None else 1.0 - one.genome.n_weights / 1e6
        losses[number] = loss
        race.tell(number, trained(one, loss))
        if before is not None:
            starts.append(losses[before])
    assert 1.4 < max(starts) < 1.6, "a step from 1.44 times the best loss, none from 1.73 times"


def test_nobody_is_pruned_twice_and_after_the_best_the_next_best_is():
    race = started(Taps())
    asked: dict[int, Candidate] = {}
    losses: dict[int, float] = {}
    heads, seconds, pruned_before = [], 0, 0
    for number in range(500):
        others = (niche for niche in NICHES if niche != UNITED)
        known = {one.number: one for niche in others for one in race.race.everybody(niche)}
        was_under_way = race.pruning is not None
        best = race.race.best(PLAIN, LINEAR)
        one = asked[number] = race.ask(number, rng_for(0, number, "ask"))
        before = one.how.get("pruned")
        if before is not None and not (was_under_way and "pruned" in asked[before].how):
            assert best is not None
            assert one.how["rung"] == 1, "so that it may go on"
            heads.append(before)
            seconds += before != best.number
            pruned_before += known[before].niche in (PRUNED, SMALL)
            assert losses[before] <= 1.1 * best.loss
        losses[number] = loss_of(one)
        race.tell(number, trained(one, losses[number]))
    pruned = [one.how["pruned"] for one in asked.values() if "pruned" in one.how]
    assert len(set(pruned)) == len(pruned) > len(heads) > 5
    assert seconds > 2
    assert pruned_before > 0, "taught or trained longer since"


def test_a_small_pruned_network_goes_on_though_larger_ones_that_wait_are_better():
    race = Race.of(Taps())
    race.spend("0", 1000)
    for number, width in enumerate((40, 40, 40, 40, 40, 40, 5)):
        network = fixed_network(["simple"], 3, 1, width=width, time_skips=(1,))
        network = network.with_weights(np.zeros(network.n_all_weights))
        loss = 0.1 if width == 40 else 0.105
        race.admit(Contender(number, network, None, 1.0, rung=1, loss=loss))
    large, small = race.promote(), race.promote()
    assert large is not None
    assert small is not None
    assert (large.niche, large.number, small.niche, small.number) == (PRUNED, 0, SMALL, 6)
    assert small.network.n_weights <= 300 < large.network.n_weights


def test_who_gains_nothing_by_a_longer_training_goes_no_further():
    race = started(Taps(pruning=0.0, screening=0.0, teaching=0.0, uniting=0.0, guide="openers"))
    asked: dict[int, Candidate] = {}
    for number in range(400):
        one = asked[number] = race.ask(number, rng_for(0, number, "ask"))
        loss = loss_of(one)
        gains = one.how["rung"] != 1 or number % 2 == 1
        race.tell(number, replace(trained(one, loss), has_gained=gains))
    again = {one.how["trained_again"]: one for one in asked.values() if "trained_again" in one.how}
    assert {asked[n].how["rung"] for n in again} == {0, 1, 2}
    assert {n % 2 for n in again if asked[n].how["rung"] == 1} == {1}
    assert {n % 2 for n in again if asked[n].how["rung"] == 2} == {0, 1}


def test_a_network_that_a_training_leaves_as_it_was_keeps_its_number():
    race = started(Taps())
    asked: dict[int, Candidate] = {}
    lifted, taught = set(), set()
    for number in range(600):
        one = asked[number] = race.ask(number, rng_for(0, number, "ask"))
        before = one.parents[0] if one.parents else -1
        was = {x.number: x for niche in NICHES for x in race.race.everybody(niche)}.get(before)
        if was is not None and number % 2 and {"trained_again", "taught_by"} & one.how.keys():
            assert np.array_equal(one.genome.weights, np.asarray(was.network.weights))
            kept = Evaluation.succeeded(was.loss, one.genome.weights, (was.loss, was.loss))
            race.tell(number, kept)
            now = {x.number: x for niche in NICHES for x in race.race.everybody(niche)}
            assert number not in now
            if before in now:  # else 16 better ones stand on that rung
                assert now[before].rung == one.how["rung"]
                (lifted if "trained_again" in one.how else taught).add(before)
        else:
            race.tell(number, trained(one, loss_of(one)))
    assert len(lifted) > 20
    assert len(taught) > 5
    everybody = [x for niche in NICHES for x in race.race.everybody(niche)]
    weights = {(x.loss, np.asarray(x.network.weights).tobytes()) for x in everybody}
    assert len(weights) == len(everybody)
    again = [one.how["trained_again"] for one in asked.values() if "trained_again" in one.how]
    pruned = [one.how["pruned"] for one in asked.values() if "pruned" in one.how]
    assert len(set(pruned)) == len(pruned)
    assert not {n for n in again if n in lifted and again.count(n) > 1}, "it goes no further"


def test_only_who_was_just_cut_may_gain_less():
    asked = run(started(Taps()), 400)
    cut = [one for one in asked if {"without", "pruned"} & one.how.keys()]
    assert {one.least_gain for one in cut} == {0.0}
    assert {one.least_gain for one in asked if one not in cut} == {0.01}


@pytest.mark.parametrize(("behind", "goes_on"), [(1.05, True), (1.2, False)])
def test_a_niche_that_is_far_behind_is_not_trained_for_long(behind, goes_on):
    race = started(Taps(pruning=0.0, screening=0.0, teaching=0.0, guide="uniform"))
    asked: dict[int, Candidate] = {}
    linear: set[int] = set()
    for number in range(500):
        one = asked[number] = race.ask(number, rng_for(0, number, "ask"))
        ends = (*one.genome.edges.tolist(), *one.genome.recurrent_edges.tolist())
        if any(source < 3 and target == 3 for source, target, *_ in ends):
            linear.add(number)
        loss = (behind if number in linear else 1.0) * (0.5 + number / 1e6)
        race.tell(number, trained(one, loss))
    again = [one for one in asked.values() if "trained_again" in one.how]
    assert {one.number in linear for one in again if one.how["rung"] == 1} == {True, False}
    assert {one.number in linear for one in again if one.how["rung"] > 1} == {False, goes_on}


def test_a_third_of_the_pupils_are_pruned_networks_and_keep_their_size():
    asked = {one.number: one for one in run(started(Taps(teaching=0.5)), 900)}
    pupils = [one for one in asked.values() if "taught_by" in one.how]

    def is_pruned(one) -> bool:
        while one.parents and "pruned" not in one.how:
            one = asked[one.parents[0]]
        return "pruned" in one.how

    for one in pupils:
        parent = asked[one.parents[0]].genome
        assert one.genome.edge_keys == parent.edge_keys
        np.testing.assert_array_equal(one.genome.weights, parent.weights * np.float32(1.01))
    assert 0.15 < np.mean([is_pruned(one) for one in pupils]) < 0.5


def test_teachers_too_large_to_be_one_network_do_not_teach(monkeypatch):
    def refuse(networks, shares):
        raise GenomeError("A network has too many nodes.")

    monkeypatch.setattr("cellcolony.search.taps.teaching.average", refuse)
    race = started(Taps())
    asked = run(race, 300)
    assert len({one.how["rung"] for one in asked}) > 2
    assert all(one.teacher is None for one in asked)
    assert race.race.spent["teaching"] == 0


def test_pheromone_learns_nothing_of_a_lesson():
    race = started(Taps(guide="mmas"), BLIND)
    for number in range(200):
        candidate = race.ask(number, rng_for(0, number, "ask"))
        before = encode(race.guide.state()) if "taught_by" in candidate.how else None
        race.tell(number, trained(candidate, loss_of(candidate)))
        assert before is None or encode(race.guide.state()) == before
    assert race.race.spent["teaching"] > 0
