import re
from dataclasses import replace

import pytest

from cellcolony.report.blocks import Code, Column, Facts, Heading, Paragraph, TableBlock
from cellcolony.report.sections.data import forecast_facts
from cellcolony.report.terminal import render
from tests.report.rendered import rendered
from tests.report.results import (
    DATA,
    OUTCOME,
    final,
    forecast_result,
    node_result,
    score,
    text_of,
    with_scores,
    with_targets,
)


def flat(text):
    return re.sub(r"\s+", " ", text)


def test_the_winner_on_the_test_split_is_marked():
    text = text_of(forecast_result(0.3, 0.4))
    (marked,) = [line for line in text.splitlines() if "<- best" in line]
    assert marked.startswith("network 9")
    assert "The evolved network wins: its test MAE is 25.0 % below that of ridge-1." in flat(text)


def test_a_plain_rival_that_wins_is_named_with_what_to_do():
    text = text_of(forecast_result(0.4, 0.3))
    (marked,) = [line for line in text.splitlines() if "<- best" in line]
    assert marked.startswith("ridge-1")
    assert "A plain rival wins: the test MAE of ridge-1 is 25.0 % below" in flat(text)
    assert "or use ridge-1 (on validation the evolved network was ahead)." in flat(text)


def test_of_two_equal_models_the_simpler_is_advised():
    assert "no better than ridge-1" in flat(text_of(forecast_result(0.3, 0.3)))


def test_the_network_that_is_compared_was_chosen_on_validation_whatever_the_test_says():
    text = text_of(forecast_result(0.3, 0.4))
    comparison, front = text.split("The best network of each size")
    assert "network 4" not in comparison
    (chosen,) = [line for line in front.splitlines() if "<- chosen" in line]
    assert chosen.startswith("network 9")


def test_numbers_stand_with_their_rows_seed_budget_and_time():
    text = flat(text_of(forecast_result(0.3, 0.4)))
    for label in ("chosen on 36 rows of validation, tested once on 36 rows", "seed 3",
                  "protocol modern", "2 workers", "budget 12 networks or 10 min",
                  "12 networks (2 failed) in 10 min 00 s", "because its time was up",
                  "Stages of the last session: rivals 1.5 s"):  # fmt: skip
        assert label in text


def test_the_report_says_where_the_run_lies_and_what_to_do_next():
    text = text_of(forecast_result(0.3, 0.4))
    assert "Run: 'my runs/coal'" in text
    assert "cellcolony show 'my runs/coal'" in text
    assert "cellcolony predict 'my runs/coal' NEW.csv --out predictions.csv" in text


def test_a_run_that_has_not_ended_shows_validation_alone():
    ended = forecast_result(0.3, 0.4)
    scores = tuple(s for s in ended.scores if s.split == "valid" and s.candidate is not None)
    text = text_of(replace(ended, outcome=None, scores=scores))
    assert "The study has not ended: no test scores yet." in flat(text)
    assert "The study has not ended: there are no test scores yet." in flat(text)
    assert "cellcolony resume 'my runs/coal'" in text
    assert "0.2500" in text
    assert "wins" not in text
    assert "<- best" not in text


def test_each_target_has_its_own_table_and_verdict():
    one = forecast_result(0.3, 0.4)
    other = tuple(replace(s, target="z", value=1 - (s.value or 0)) for s in one.scores)
    two = with_targets(with_scores(one, *other), "y", "z")
    text = flat(text_of(two))
    assert "Forecast of y" in text
    assert "Forecast of z" in text
    assert "The evolved network wins" in text
    assert "A plain rival wins" in text
    assert "errors are means over the targets" in text


@pytest.mark.parametrize("width", [80, 110])
def test_the_tables_fit_a_terminal_without_a_cut(width):
    text = text_of(forecast_result(0.00012345, 123456.7), width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width


def test_a_hostile_name_is_shown_plainly():
    nasty = "[red]x[/]\x1b[2J\n" + "y" * 1000
    one = forecast_result(0.3, 0.4)
    scores = tuple(replace(s, target=nasty) for s in one.scores)
    text = text_of(with_targets(replace(one, scores=scores), nasty))
    assert "[red]x[/]?[2J?yyy" in text
    assert "\x1b[2J" not in text


def test_the_data_are_summed_up_in_a_few_lines():
    assert forecast_facts(DATA) == [
        ("data", "3 files, 250 rows, 1 min apart"),
        ("forecast", "y, 2 rows ahead"),
        ("from", "2 columns: x, y; scaled by minmax"),
        ("left out", "note"),
        ("time", "when"),
        ("missing", "1.25 % of the values, filled by previous"),
        ("train on", "166 rows: a part of each of a.csv, b.csv"),
        ("choose on", "30 rows: a part of each of a.csv, b.csv"),
        ("test on", "36 rows: c.csv"),
    ]


def test_chance_that_wins_is_called_chance():
    result = with_scores(
        forecast_result(0.4, 0.5),
        score("random search", "valid", 0.2),
        score("random search", "test", 0.3),
    )
    text = flat(text_of(result))
    assert "Chance wins: the test MAE of random search is 25.0 % below" in text
    assert "the guidance of the search has brought nothing" in text


def test_what_to_use_is_said_by_validation_not_by_the_test_rows():
    result = with_scores(
        forecast_result(0.4, 0.3),
        score("GRU, 12 nodes", "valid", 0.1),
        score("GRU, 12 nodes", "test", 0.35),
    )
    text = flat(text_of(result))
    assert "A plain rival wins: the test MAE of ridge-1 is 25.0 % below" in text
    assert "or use GRU, 12 nodes, which validation, made for choosing, puts first." in text


def test_the_report_says_how_long_fixed_networks_were_trained_and_what_chance_was_given():
    result = forecast_result(0.3, 0.4)
    chosen = replace(result.front[-1], epochs_before=30, own_epochs=10)
    outcome = replace(OUTCOME, rival_epochs=40, control_candidates=12, control_seconds=61.0)
    text = flat(text_of(replace(result, front=(result.front[0], chosen), outcome=outcome)))
    assert (
        "Fixed networks were trained for 40 epochs by the same protocol, as many as network 9 "
        "received in all, 30 of them handed down."
    ) in text
    assert "over the same space had 12 candidates too, in 1 min 01 s, after the search" in text


def test_other_measures_have_a_table_of_their_own_in_the_same_order():
    text = text_of(forecast_result(0.3, 0.4), 80)
    table = text.split("By other measures, on the same rows")[1].splitlines()
    assert table[1].split() == ["model", "test", "MSE"]
    assert [line.split()[0] for line in table[3:6]] == ["network", "ridge-1", "persistence"]


def test_show_has_the_data_and_the_equations_too_and_says_what_is_next_at_the_end():
    text = text_of(forecast_result(0.3, 0.4), place="show")
    parts = ["The evolved network wins", "Forecast of y", "The best network of each size",
             "The cells of network 9", "3 files, 250 rows", "Next: cellcolony show"]  # fmt: skip
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "3 files, 250 rows" not in text_of(forecast_result(0.3, 0.4))


def test_blocks_are_apart_by_one_blank_line_and_none_at_the_ends():
    table = TableBlock((Column("a", "text"), "b"), [["x", "1"], ["y", "2"]], 1, "Numbers")
    blocks = [Heading("One"), Paragraph("two"), table, Code(["y = x"]), Heading("Last"), table]
    lines = [line.rstrip() for line in rendered(render(blocks)).splitlines()]
    assert lines[:4] == ["One", "two", "", "Numbers"]
    assert lines[7:11] == ["y  2  <- best", "", "  y = x", ""]
    assert lines[-1]
    assert rendered(render([Facts([("a", "1"), ("long", "2")])])).splitlines()[1] == "long  2"


def test_a_terminal_leaves_out_bars_and_what_has_no_room_and_shortens_names():
    columns = (Column("model", "name"), Column("", "bar"), Column("more", roomy=True), "error")
    block = TableBlock(columns, [["n" * 60, "77", "0.5", "0.25"]])
    wide, narrow = (rendered(render([block]), width) for width in (110, 80))
    assert "77" not in wide
    assert "0.5" in wide
    assert "0.5" not in narrow
    assert "0.25" in narrow
    assert "n" * 37 + "..." in wide


def test_a_second_reading_of_the_test_split_is_told():
    once = forecast_result(0.3, 0.4)
    assert "tested once on" in flat(text_of(once))
    twice = flat(text_of(replace(once, outcome=replace(OUTCOME, test_readings=2))))
    assert "tested once" not in twice
    assert "The test split was scored 2 times in this study" in twice


def test_a_study_without_rivals_or_test_scores_says_that_nothing_can_be_judged():
    one = forecast_result(0.3, 0.4)
    evolved = tuple(s for s in one.scores if s.candidate is not None)
    valid = tuple(s for s in evolved if s.split == "valid")
    for scores in (evolved, valid):
        text = flat(text_of(replace(one, scores=scores)))
        assert "No rival was trained, so the evolved network cannot be judged." in text
        assert "wins" not in text
    assert "test M" not in text_of(replace(one, scores=valid), 110)


FINALS = [
    final(model, value + seed, seed)
    for model, value in (("evolved node", 88.0), ("lstm", 100.0), ("random search", 120.0))
    for seed in (0, 2)
]


@pytest.mark.parametrize("width", [80, 110])
def test_the_tables_of_nodes_fit_a_terminal_without_a_cut(width):
    text = text_of(node_result(*FINALS), width)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= width
    assert ("over seeds" in text) == (width == 110)
