"""What the tables of a league say, on runs that never ran."""

import math
from typing import Any

import pytest
from scipy.stats import wilcoxon

from cellcolony.runs.intervals import holm
from cellcolony.runs.league.comparison import compare, comparisons, ratio
from cellcolony.runs.league.ranking import ranking
from cellcolony.runs.league.standing import BEST_RIVAL
from cellcolony.runs.model_kinds import OWN, OWN_ENSEMBLE, single_of
from tests.runs.leagues import margin, run, standing

OURS: dict[str, Any] = {"evolved_network": (1.0, 1.0)}


def test_the_best_rival_is_chosen_on_validation_run_by_run():
    found = standing(
        run("a", 0, **OURS, ridge=(2.0, 9.0), GRU=(3.0, 1.0)),
        run("a", 1, **OURS, ridge=(4.0, 1.0), GRU=(3.0, 5.0)),
    )
    names = [one.best_rival.model for one in found.runs if one.best_rival is not None]
    assert names == ["ridge", "GRU"]
    assert found.error("a", BEST_RIVAL) == 7.0
    assert found.error("a", BEST_RIVAL, "valid") == 2.5


def test_a_control_and_an_evolved_ensemble_are_no_rivals():
    one = run("a", **OURS, random_search=(0.1, 0.1), evolved_ensemble=(0.1, 0.1), ridge=(5.0, 5.0))
    assert one.best_rival is not None
    assert one.best_rival.model == "ridge"
    assert run("a", **OURS, random_search=(0.1, 0.1)).best_rival is None


def test_wins_and_losses_are_counted_over_tasks_by_the_mean_over_seeds():
    found = standing(
        run("a", 0, evolved_network=(1.0, 1.0), ridge=(1.0, 2.0)),
        run("a", 1, evolved_network=(1.0, 4.0), ridge=(1.0, 2.0)),  # 2.5 to 2
        run("b", 0, evolved_network=(1.0, 3.0), ridge=(1.0, 4.0)),
        run("c", 0, evolved_network=(1.0, 5.0), ridge=(1.0, 5.0)),
        run("d", 0, evolved_network=(1.0, 5.0)),
    )
    one = compare(found, OWN, "ridge")
    assert one is not None
    assert [pair.task for pair in one.pairs] == ["a", "b", "c"]
    assert (one.n_won, one.n_lost) == (1, 1)
    assert one.median_relative == pytest.approx(0.0)
    assert (one.worst.task, one.worst.relative) == ("a", pytest.approx(0.25))
    assert compare(found, OWN, "boosting") is None


def test_only_seeds_that_both_have_are_compared():
    found = standing(
        run("a", 0, evolved_network=(1.0, 1.0), ridge=(1.0, 2.0)),
        run("a", 1, evolved_network=(1.0, 100.0), ridge=(1.0, None)),
    )
    one = compare(found, OWN, "ridge")
    assert one is not None
    assert (one.pairs[0].own, one.pairs[0].n_seeds) == (1.0, 1)


def test_a_network_that_was_chosen_alone_stands_for_its_ensemble():
    alone = run("a", 1, [margin("ridge", 1, 3)], evolved_network=(1.0, 5.0), ridge=(1.0, 2.0))
    found = standing(
        run("a", 0, [margin("ridge", 1, 3)], evolved_network=(1.0, 3.0),
            evolved_ensemble=(0.9, 1.0), ridge=(1.0, 2.0)),
        alone,
    )  # fmt: skip
    one = compare(found, OWN_ENSEMBLE, BEST_RIVAL)
    assert one is not None
    assert (one.pairs[0].own, one.pairs[0].n_seeds) == (3.0, 2)
    assert alone.margins_between(OWN_ENSEMBLE, "ridge") == [*alone.margins]
    assert found.error("a", OWN_ENSEMBLE) == 3.0
    assert compare(standing(alone), OWN_ENSEMBLE, BEST_RIVAL) is None


def test_an_ensemble_of_a_control_is_made_of_what_the_control_found():
    assert single_of("ensemble of search off") == "search off"
    assert single_of("ensemble of tuned fixed networks") == "tuned fixed network"
    assert single_of("search off") is None


def test_a_task_is_surely_won_where_the_mean_interval_lies_below_zero():
    def two(first, second, errors=(1.0, 2.0)):
        own, other = errors
        return [
            run(task, seed, [margin("ridge", *ends)],
                evolved_network=(1.0, own), ridge=(1.0, other))
            for seed, ends in enumerate((first, second))
        ]  # fmt: skip

    def sure(first, second, errors=(1.0, 2.0)):
        one = compare(standing(*two(first, second, errors)), OWN, "ridge")
        assert one is not None
        return one.n_surely_won, one.n_surely_lost

    task = "a"
    assert sure((-3, -1), (-2, 0.5)) == (1, 0)
    assert sure((-3, -1), (-2, 1.5)) == (0, 0)
    assert sure((1, 3), (1, 3), (2.0, 1.0)) == (0, 1)
    one = compare(standing(*two((-3, -1), (-2, 0.5))), OWN, BEST_RIVAL)
    assert one is not None
    assert one.pairs[0].interval == (-2.5, -0.25)
    without = standing(run(task, **OURS, ridge=(1.0, 2.0)))
    one = compare(without, OWN, "ridge")
    assert one is not None
    assert one.pairs[0].interval is None
    assert not one.has_intervals


def test_margins_of_the_network_say_nothing_of_the_ensemble():
    found = standing(run("a", 0, [margin("ridge", -3, -1)], **OURS, evolved_ensemble=(1.0, 1.0),
                         ridge=(1.0, 2.0)))  # fmt: skip
    of = {(one.one, one.other): one.has_intervals for one in comparisons(found)}
    assert of == {
        (OWN, BEST_RIVAL): True, (OWN, "ridge"): True,
        (OWN_ENSEMBLE, BEST_RIVAL): False, (OWN_ENSEMBLE, "ridge"): False,
    }  # fmt: skip


def test_tasks_are_tested_by_the_logarithms_of_ratios_and_corrected_together():
    others = [2.0, 3.0, 0.5, 4.0, 1.1, 1.7, 6.0]
    found = standing(
        *(run(f"t{i}", **OURS, ridge=(1.0, other), GRU=(2.0, 1 / other), random_search=(1.0, 3.0))
          for i, other in enumerate(others))
    )  # fmt: skip
    made = {one.other: one for one in comparisons(found)}
    assert [*made] == [BEST_RIVAL, "random search", "ridge", "GRU"]
    tested: Any = wilcoxon([-math.log(other) for other in others])
    expected = tested.pvalue
    assert made["ridge"].p_value == pytest.approx(expected)
    assert made[BEST_RIVAL].p_value == pytest.approx(expected)
    assert made["random search"].p_value == pytest.approx(2 / 2**7)
    corrected = holm(one.p_value for one in made.values())
    assert [one.p_corrected for one in made.values()] == pytest.approx(corrected)


def test_a_model_that_diverged_loses_and_breaks_nothing():
    found = standing(
        run("a", **OURS, ridge=(1.0, math.inf), GRU=(math.nan, math.nan)),
        run("b", evolved_network=(1.0, 0.0), ridge=(1.0, 0.0), GRU=(1.0, 2.0)),
    )
    assert found.runs[0].best_rival is not None
    assert found.runs[0].best_rival.model == "ridge"
    one = compare(found, OWN, "GRU")
    assert one is not None
    assert (one.n_won, one.n_lost, one.median_relative) == (2, 0, -1.0)
    ranked = {one.model: one for one in ranking(found)}
    assert ranked["ridge"].ratios == {"a": math.inf, "b": 1.0}
    assert ranked["GRU"].ratios == {"a": math.inf, "b": math.inf}


def test_models_are_ranked_on_the_tasks_that_they_have():
    found = standing(
        run("a", evolved_network=(1.0, 2.0), ridge=(1.0, 4.0), season=(1.0, 4.0)),
        run("b", evolved_network=(1.0, 3.0), ridge=(1.0, 1.0)),
        run("untested", evolved_network=(1.0, None), ridge=(1.0, None)),
    )
    assert [*found.by_task] == ["a", "b"]
    ranked = {one.model: one for one in ranking(found)}
    assert ranked["evolved network"].ranks == {"a": 1.0, "b": 2.0}
    assert ranked["ridge"].ranks == {"a": 2.5, "b": 1.0}
    assert ranked["season"].ranks == {"a": 2.5}
    assert ranked["evolved network"].ratios == {"a": 1.0, "b": 3.0}
    assert (ranked["ridge"].median_ratio, ranked["ridge"].n_best) == (1.5, 1)
    assert [*ranked] == ["evolved network", "ridge", "season"]


def test_a_ratio_to_nothing_is_infinite_and_equal_errors_are_equal():
    assert ratio(0.0, 0.0) == ratio(math.inf, math.inf) == 1.0
    assert ratio(1.0, 0.0) == math.inf
    assert ratio(1.0, math.inf) == 0.0
