"""What reports say of ensembles."""

from dataclasses import replace

import pytest

from cellcolony.report.blocks import TableBlock
from cellcolony.report.sections.front import sized_models
from cellcolony.report.sections.rivals import rivals
from cellcolony.report.sections.verdict import verdict, verdict_on_ensemble
from cellcolony.report.seeds import models_table
from cellcolony.runs.intervals import Margin
from cellcolony.runs.scores import EVOLVED
from tests.report.results import forecast_result, score, text_of, with_scores

OURS, THEIRS = "ensemble of 5 networks", "ensemble of 3 rivals"


def with_ensembles(ours, theirs=None, network=0.3, rival=0.4, n=5):
    """Return a study whose ensembles have these errors on the test."""
    title = f"ensemble of {n} networks"
    extra = [
        replace(score(title, split, mae, n_weights=1234, members=n), role=EVOLVED)
        for split, mae in (("valid", 0.2), ("test", ours))
    ]
    if theirs is not None:
        extra += [
            score(THEIRS, split, mae, n_weights=99, members=3)
            for split, mae in (("valid", 0.21), ("test", theirs))
        ]
    return with_scores(forecast_result(network, rival), *extra)


def test_an_ensemble_is_a_line_of_its_own_after_the_network_and_says_its_size():
    result = with_ensembles(0.2)
    assert [one.model for one in result.models][:2] == ["network 9", OURS]
    table = rivals(result)[0]
    assert isinstance(table, TableBlock)
    shown = {row[0]: row for row in table.rows}
    assert "1,234" in shown[OURS]
    assert "network 9, evolved" in shown
    assert table.rows[0][0] == OURS


def test_an_ensemble_that_wins_is_said_to_and_by_how_much_it_is_better_than_the_network():
    found = verdict_on_ensemble(with_ensembles(0.2), "y")
    assert found is not None
    assert found.is_won
    assert found.text == (
        "The ensemble of 5 networks (1,234 weights) wins: its test MAE is 50.0 % below that of "
        "ridge-1. The test MAE of the ensemble is 33.3 % below that of network 9 alone."
    )


def test_a_rival_that_wins_over_an_ensemble_is_said_to_have_won():
    found = verdict_on_ensemble(with_ensembles(0.5), "y")
    assert found is not None
    assert not found.is_won
    assert found.text.startswith(
        "Ridge-1 wins over the ensemble of 5 networks (1,234 weights): its test MAE is 20.0 % below"
    )
    assert "66.7 % above that of network 9 alone" in found.text


def test_the_network_is_compared_with_single_models_and_the_ensemble_with_everybody():
    result = with_ensembles(0.25, theirs=0.2)
    assert verdict(result, "y").is_won
    found = verdict_on_ensemble(result, "y")
    assert found is not None
    assert found.text.startswith("The ensemble of 3 rivals wins over the ensemble of 5 networks")
    said = text_of(result, 200)
    assert "wins: its test MAE is 25.0 % below that of ridge-1" in said
    assert "The ensemble of 3 rivals wins over" in said


def test_an_ensemble_of_rivals_wins_over_a_network_without_an_ensemble():
    extra = [score(THEIRS, split, 0.1, members=3) for split in ("valid", "test")]
    found = verdict(with_scores(forecast_result(0.3, 0.4), *extra), "y")
    assert found.text.startswith(
        "An ensemble of rivals wins: the test MAE of the ensemble of 3 rivals is 66.7 % below"
    )
    assert "or use the ensemble of 3 rivals." in found.text


def with_margin(result, p):
    margin = Margin("ridge-1", "y", -0.2, -0.4, 0.0 if p > 0.05 else -0.1, p, p, 4, own=OURS)
    assert result.outcome is not None
    return replace(result, outcome=replace(result.outcome, margins=(margin,)))


@pytest.mark.parametrize(("p", "is_won"), [(0.01, True), (0.4, False)])
def test_a_lead_of_an_ensemble_counts_where_chance_does_not_make_as_much(p, is_won):
    found = verdict_on_ensemble(with_margin(with_ensembles(0.2), p), "y")
    assert found is not None
    assert found.is_won is is_won
    assert ("ahead of ridge-1, but not by more than chance" in found.text) is not is_won


def test_the_margins_of_an_ensemble_have_a_table_of_their_own():
    tables = [one for one in rivals(with_margin(with_ensembles(0.2), 0.01)) if isinstance(
        one, TableBlock)]  # fmt: skip
    assert tables[2].title == f"The same of the {OURS}"
    assert tables[2].rows == [["ridge-1", "-0.2000", "-0.4000 to -0.1000", "0.01000"]]


def test_without_an_ensemble_nothing_is_said_of_one():
    assert verdict_on_ensemble(forecast_result(0.3, 0.4), "y") is None
    assert "nsemble" not in text_of(forecast_result(0.3, 0.4))


def test_an_ensemble_is_drawn_by_its_weights_and_is_no_rival():
    (found,) = [one for one in sized_models(with_ensembles(0.2), "test") if one.is_ensemble]
    assert (found.model, found.size, found.is_own) == (OURS, 1234, True)


def test_over_seeds_ensembles_of_different_sizes_are_one_line():
    table = models_table([with_ensembles(0.2, 0.5, n=4), with_ensembles(0.3, 0.4, n=7)])
    names = [row[0] for row in table.rows]
    assert names[:2] == ["evolved network", "evolved ensemble"]
    assert "ensemble of rivals" in names


def test_over_seeds_a_network_that_was_best_alone_stands_for_the_ensemble():
    table = models_table([with_ensembles(0.2), forecast_result(0.3, 0.4)])
    lines = {row[0]: row for row in table.rows}
    assert lines["evolved ensemble"][1] == "2"
    assert lines["evolved ensemble"][2] == "0.2500"
