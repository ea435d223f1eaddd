from dataclasses import replace

from cellcolony.report.seeds import seeds_lines, significance_lines, spread_line
from cellcolony.runs.significance import paired_test
from tests.report.test_terminal import result_of, score


def seed(number, ours, random=None):
    result = result_of(ours, 0.4)
    scores = result.scores
    if random is not None:
        scores += (score("random search", "valid", 0.5), score("random search", "test", random))
    return replace(result, config=replace(result.config, seed=number), scores=scores)


def test_the_spread_over_seeds_is_median_and_reach():
    (line,) = seeds_lines([seed(i, error) for i, error in enumerate((0.3, 0.1, 0.2))])
    assert "Evolved networks, 3 seeds: test MAE median 0.2000 (0.1000 to 0.3000)" in line
    assert spread_line("A", [0.5], [7]).startswith("A, 1 seed: test MAE median 0.5000 (0.5000 to")


def test_random_search_is_compared_seed_by_seed_with_a_warning_where_seeds_are_few():
    lines = seeds_lines([seed(i, 0.1 + i / 100, 0.2 + i / 50) for i in range(5)])
    assert "Random search, 5 seeds: test MAE median 0.2400 (0.2000 to 0.2800)" in lines[1]
    assert "p = 0.0625" in lines[2]
    assert "lower test MAE in 5 of 5" in lines[2]
    assert "Warning: 5 pairs cannot give a p below 0.0625" in lines[3]


def test_six_seeds_need_no_warning():
    lines = seeds_lines([seed(i, 0.1 + i / 100, 0.2 + i / 50) for i in range(6)])
    assert len(lines) == 3
    assert "p = 0.0312" in lines[2]
    assert len(significance_lines(paired_test([1.0] * 6, [2.0] * 6), "A", "B")) == 1
