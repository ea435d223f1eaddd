"""Which curves train, choose and test."""

from cellcolony.judges.meta.split import SPLITS, split
from tests.judges.meta.curves import clone_of, curves


def by_search(made, splits):
    found = {}
    for one, own in zip(made, splits, strict=True):
        found.setdefault(one.search, set()).add(own)
    return found


def test_curves_of_a_search_stay_together():
    made = curves(24, n_searches=6)
    found = by_search(made, split(made, seed=0))
    assert all(len(own) == 1 for own in found.values())
    assert sorted(name for own in found.values() for name in own) == sorted(
        ["train"] * 3 + ["valid"] * 2 + ["test"]
    )


def test_each_split_has_a_search_where_there_are_three():
    made = curves(12, n_searches=3)
    for seed in range(5):
        assert set(split(made, seed)) == set(SPLITS)


def test_a_clone_is_where_the_first_of_its_kind_is_whatever_its_search():
    made = curves(24, n_searches=6)
    splits = split(made, seed=0)
    in_train = next(one for one, own in zip(made, splits, strict=True) if own == "train")
    tested = next(one for one, own in zip(made, splits, strict=True) if own == "test")
    more = [*made, clone_of(in_train, tested.search), clone_of(tested, in_train.search)]
    again = split(more, seed=0)
    places = {}
    for one, own in zip(more, again, strict=True):
        places.setdefault(one.value, set()).add(own)
    assert all(len(own) == 1 for own in places.values())
    assert places[in_train.value] == {"train"}


def test_by_node_half_a_quarter_and_a_quarter_are_dealt():
    made = curves(40, n_searches=2)
    splits = split(made, seed=0, by="node")
    assert [splits.count(name) for name in SPLITS] == [20, 10, 10]


def test_the_seed_draws_the_split_and_the_order_of_curves_does_not():
    made = curves(40)
    assert split(made, 0, "node") != split(made, 1, "node")
    turned = split(made[::-1], 0, "node")[::-1]
    assert split(made, 0, "node") == turned
