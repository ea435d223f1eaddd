from dataclasses import replace

from cellcolony.report.blocks import Paragraph, TableBlock
from cellcolony.report.sections.rivals import rivals
from cellcolony.report.sections.verdict import verdict
from cellcolony.runs.intervals import Margin
from tests.report.results import forecast_result


def with_margin(result, difference, reach, p):
    margin = Margin(
        "ridge-1", "y", difference, difference - reach, difference + reach, p, p, block=24
    )
    assert result.outcome is not None
    return replace(result, outcome=replace(result.outcome, margins=(margin,)))


def test_a_win_is_said_with_its_interval():
    found = verdict(with_margin(forecast_result(0.3, 0.4), -0.1, 0.05, 0.01), "y")
    assert found.is_won
    assert "wins: its test MAE is 25.0 % below that of ridge-1." in found.text
    assert "The difference is 0.1000 (0.05000 to 0.1500 at 95 %, blocks of 24 rows" in found.text


def test_a_lead_that_chance_makes_too_is_no_win():
    found = verdict(with_margin(forecast_result(0.3, 0.4), -0.1, 0.2, 0.4), "y")
    assert not found.is_won
    assert "wins" not in found.text
    assert (
        "ahead of ridge-1, but not by more than chance: its test MAE is 25.0 % below" in found.text
    )
    assert "reaches from -0.3000 to 0.1000" in found.text


def test_a_lead_that_only_one_of_many_comparisons_makes_is_no_win():
    found = verdict(with_margin(forecast_result(0.3, 0.4), -0.1, 0.05, 0.2), "y")
    assert not found.is_won
    assert "among 1 comparison chance makes as much: p = 0.2000" in found.text


def test_a_rival_does_not_win_by_chance_either():
    found = verdict(with_margin(forecast_result(0.4, 0.3), 0.1, 0.2, 0.4), "y")
    assert "behind ridge-1, but not by more than chance: its test MAE is 33.3 % above" in found.text
    assert "A plain rival wins" not in found.text


def test_gaps_and_margins_have_a_table_of_their_own():
    _, _, table, *_ = rivals(with_margin(forecast_result(0.3, 0.4), -0.1, 0.05, 0.01))
    assert isinstance(table, TableBlock)
    assert table.rows == [
        ["network 9", "+20 %", "", "", ""],
        ["ridge-1", "+33 %", "-0.1000", "-0.1500 to -0.05000", "0.01000"],
        ["persistence", "+12 %", "", "", ""],
    ]
    without = [one for one in rivals(forecast_result(0.3, 0.4)) if isinstance(one, TableBlock)]
    assert [one.title for one in without[1:]] == ["By other measures, on the same rows"]


def test_what_validation_said_of_each_entry_of_a_menu_is_told():
    result = forecast_result(0.3, 0.4)
    assert result.outcome is not None
    menus = {"ridge": {"1 lag": 0.5, "48 lags": 0.25}, "boosting": {"1 lag": 0.5}}
    told = [
        one.text
        for one in rivals(replace(result, outcome=replace(result.outcome, menus=menus)))
        if isinstance(one, Paragraph)
    ]
    assert "ridge was chosen on validation, MAE of: 1 lag 0.5000, 48 lags 0.2500." in told
    assert not any("boosting was chosen" in one for one in told)
