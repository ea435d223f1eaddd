import pytest

from cellcolony import wording


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.04, "0.0 s"), (8.26, "8.3 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"),
     (125.4, "2 min 05 s"), (3599.6, "1 h 00 min"), (11_220, "3 h 07 min")],
)  # fmt: skip
def test_a_duration_has_the_digits_that_matter(seconds, expected):
    assert wording.duration(seconds) == expected


def test_a_measure_has_four_digits():
    assert wording.number(0.0155512) == "0.01555"
    assert wording.number(1.0) == "1.000"
    assert wording.number(None) == "-"
    assert wording.number(float("nan")) == "nan"


def test_names_stay_on_one_line_and_obey_nothing():
    assert wording.name("a\nb\x1b[31m") == "a?b?[31m"
    assert len(wording.name("x" * 10_000)) == wording.LONGEST_NAME


def test_a_long_list_of_names_shows_the_first_and_the_last():
    assert wording.names(["a", "b"]) == "a, b"
    assert wording.names([str(i) for i in range(9)]) == "0, 1, ..., 8"


def test_one_is_singular():
    assert wording.count(1, "row") == "1 row"
    assert wording.count(1200, "row") == "1,200 rows"
