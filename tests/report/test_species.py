"""Generations and species, from what the journal says of each candidate."""

import pytest

from cellcolony.report.sections.species import bars, shamed, species_tables
from cellcolony.report.terminal import render
from cellcolony.runs.history import Judged
from cellcolony.tasks.language import Language
from tests.report.rendered import rendered


def judged(number, generation, species, loss=None, **how):
    failure = "it diverged" if loss is None else None
    made = {"generation": generation, "species": species, **how}
    return Judged(number, (), made, 0, loss, failure)


def text_of(history):
    return rendered(render(species_tables(history, Language.measure, "nodes")))


@pytest.fixture
def history():
    return (
        judged(0, 0, 0, 5.0, census={"active": [0], "hall_of_shame": []}),
        judged(1, 0, 0, None),
        judged(2, 1, 0, 4.0, census={"active": [0, 1], "hall_of_shame": [0, "x"]}),
        judged(3, 1, 1, 4.5),
        judged(4, 1, 1, 4.7),
    )


def test_candidates_are_counted_by_generation_and_by_species(history):
    generations, species = species_tables(history, Language.measure, "nodes")
    assert generations.rows == [
        ["0", "2", "1", "1", "148.4", "148.4", "148.4"],
        ["1", "3", "0", "2", "54.60", "90.02", "54.60"],
    ]
    assert species.rows == [
        ["0", "3", "54.60", "█▄", "Hall of Shame"],
        ["1", "2", "90.02", " █", ""],
    ]


def test_a_generation_of_which_every_candidate_failed_has_no_best_of_its_own(history):
    generations, _ = species_tables((*history, judged(5, 2, 1)), Language.measure, "nodes")
    assert generations.rows[2] == ["2", "1", "1", "1", "-", "-", "54.60"]


def test_the_report_tells_the_best_of_each_generation_and_who_went_to_the_hall_of_shame(history):
    text = text_of(history)
    assert "148.4" in text  # exp(5)
    assert "54.60" in text  # exp(4)
    (line,) = [line for line in text.splitlines() if "Hall of Shame" in line]
    assert line.split()[:2] == ["0", "3"]
    assert shamed(history) == {0}


def test_a_search_without_generations_has_no_such_report():
    history = (Judged(0, (), {"operation": "random"}, 0, 5.0),)
    assert species_tables(history, Language.measure, "nodes") == []


def test_what_cannot_be_a_generation_is_left_out():
    history = (judged(0, -1, 0, 5.0), judged(1, "x", 0, 5.0), judged(2, 10**30, 0, 5.0))
    assert species_tables(history, Language.measure, "nodes") == []


@pytest.mark.parametrize(
    ("counts", "expected"),
    [([], ""), ([0, 0], "  "), ([1, 8, 4, 0], "▁█▄ "), ([2, 2], "██"), ([1] * 80, "█" * 40)],
)
def test_bars_grow_with_counts(counts, expected):
    assert bars(counts) == expected


def test_many_generations_and_species_are_shown_in_part():
    text = text_of(tuple(judged(i, i // 5, i, 5.0) for i in range(500)))
    assert "... 88 more" in text
    assert "the best 12 of 500" in text
    assert len(text.splitlines()) < 40
