import pytest

from cellcolony.runs.significance import paired_test


def test_the_p_value_is_the_known_one_of_the_signed_rank_test():
    # Of 1, 2, 3, -4, 5, 6, 7, 8 the ranks of the negative ones sum to 4. Of 256 choices of signs, 7
    # have a sum of 4 or less ({}, 1, 2, 3, 1+2, 4, 1+3): two-sided p = 14 / 256.
    found = paired_test([1, 2, 3, -4, 5, 6, 7, 8], [0] * 8)
    assert found.p_value == pytest.approx(14 / 256)
    assert (found.n_pairs, found.n_below) == (8, 1)


@pytest.mark.parametrize(("n", "smallest"), [(1, 1.0), (5, 0.0625), (6, 0.03125), (10, 2**-9)])
def test_always_winning_gives_the_smallest_p_of_so_many_pairs(n, smallest):
    found = paired_test(list(range(n)), [100.0 + 2 * i for i in range(n)])
    assert found.p_value == pytest.approx(smallest)
    assert found.smallest_p == pytest.approx(smallest)
    assert found.is_too_small == (n < 6)
    assert found.n_below == n


def test_equal_errors_are_no_difference():
    assert paired_test([0.1, 0.2], [0.1, 0.2]).p_value == 1.0
    assert paired_test([0.1, 0.2, 0.1], [0.1, 0.3, 0.1]).p_value == 1.0


def test_which_comes_first_does_not_matter():
    a, b = [0.3, 0.1, 0.25, 0.4, 0.2, 0.15], [0.31, 0.15, 0.2, 0.5, 0.29, 0.22]
    assert paired_test(a, b).p_value == paired_test(b, a).p_value


def test_errors_without_a_partner_are_refused():
    for a, b in (([], []), ([0.1], [0.1, 0.2])):
        with pytest.raises(ValueError, match="as many errors of each"):
            paired_test(a, b)
