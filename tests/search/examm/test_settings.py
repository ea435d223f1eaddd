import pytest

from cellcolony.errors import ConfigError
from cellcolony.search.examm import Examm


def test_the_defaults_are_as_published():
    examm = Examm()
    assert (examm.n_islands, examm.island_size, examm.max_skip) == (10, 10, 10)
    assert (examm.p_mutation, examm.p_within, examm.p_between) == (0.7, 0.2, 0.1)
    assert examm.lamarckian
    assert set(examm.mutation_rates.values()) == {1.0}
    assert "split_edge" not in examm.mutation_rates


def test_rates_are_laid_over_the_published_ones():
    rates = Examm(rates={"clone": 0, "split_edge": 2}).mutation_rates
    assert "clone" not in rates
    assert rates["split_edge"] == 2
    assert rates["add_node"] == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"p_mutation": 0.5}, r"must sum to 1\. Got 0\.8\."),
     ({"rates": {"add_egde": 1}}, "Got 'add_egde'. Did you mean 'add_edge'"),
     ({"rates": {"clone": -1}}, "`clone` must be a finite number of at least 0"),
     ({"rates": dict.fromkeys(Examm().mutation_rates, 0)}, "leave one mutation above 0"),
     ({"cells": ()}, "`cells` must not be empty"),
     ({"cells": ("grru",)}, "Did you mean 'gru'"),
     ({"max_skip": 0}, "`max_skip` must be"),
     ({"n_islands": 0}, "`n_islands` must be"),
     ({"repopulation": "best_genom"}, "Did you mean 'best_genome'"),
     ({"repopulation": "best_parents", "n_islands": 2}, "must be at least 3"),
     ({"repopulation": "best_island", "n_islands": 1}, "must be at least 2")],
)  # fmt: skip
def test_what_a_setting_cannot_be_is_refused(changed, message):
    with pytest.raises(ConfigError, match=message):
        Examm(**changed)
