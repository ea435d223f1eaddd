import pytest

from cellcolony.runs.finals_found import LONGEST_TITLE, plain_title

LONG = "node:" + "tanh(" * 30 + "h" + ")" * 30


@pytest.mark.parametrize("title", ["lstm", "lstm:4,gru:3", LONG])
def test_a_title_is_made_of_what_every_file_system_takes(title):
    assert set(plain_title(title)) <= set("-_0123456789") | {
        *map(chr, range(97, 123)), *map(chr, range(65, 91))
    }  # fmt: skip
    assert len(plain_title(title)) <= LONGEST_TITLE


def test_long_titles_that_differ_at_their_end_are_told_apart():
    assert plain_title(LONG) != plain_title(LONG.replace("h)", "x)"))
