import numpy as np
import pytest

from cellcolony.runs import selection
from cellcolony.runs.selection import BAGS, select, select_by_loss, times_of

TRUTH = np.zeros((4, 1))


def model(*errors):
    return np.array(errors, float)[:, None]


def error(predictions, chosen):
    return np.abs(np.mean([predictions[i] for i in chosen], 0)).mean()


def test_models_that_err_to_opposite_sides_are_put_together():
    models = [model(1, 1, 1, 1), model(-1.2, -1.2, -1.2, -1.2), model(0.9, 0.9, 0.9, 0.9)]
    chosen = select(models, TRUTH)
    assert chosen[:2] == (2, 1)
    assert error(models, chosen) < 0.2


def test_a_model_may_be_added_again_and_weighs_more():
    models = [model(1, 1, 1, 1), model(-2, -2, -2, -2)]
    chosen = select(models, TRUTH)
    assert chosen == (0, 1, 0)
    assert times_of(chosen) == {0: 2, 1: 1}


def test_the_best_stays_alone_where_nobody_helps():
    assert select([model(2, 2, 2, 2), model(1, 1, 1, 1)], TRUTH) == (1,)


def test_of_equals_the_first_is_taken(monkeypatch):
    monkeypatch.setattr(selection, "BAGS", 0)
    models = [model(1, 1, 1, 1), model(1, 1, 1, 1), model(-1, -1, -1, -1), model(-1, -1, -1, -1)]
    assert select(models, TRUTH) == (0, 2)


def test_no_more_are_added_than_may_be():
    rng = np.random.default_rng(0)
    models = [rng.normal(size=(200, 2)) for _ in range(30)]
    truth = np.zeros((200, 2))
    assert len(select(models, truth)) == 12 * BAGS
    assert len(select(models, truth, 5)) == 5 * BAGS
    assert len(select(models[:3], truth, 2)) == 2  # one bag would hold all


def test_every_addition_lowers_the_error(monkeypatch):
    monkeypatch.setattr(selection, "BAGS", 0)
    rng = np.random.default_rng(1)
    truth = rng.normal(size=(300, 2))
    models = [truth + rng.normal(0, 1 + i / 10, size=(300, 2)) for i in range(10)]
    chosen = select([one.astype(np.float32) for one in models], truth)
    errors = [error([one - truth for one in models], chosen[:n]) for n in range(1, len(chosen) + 1)]
    assert len(set(chosen)) > 3
    assert (np.diff(errors) < 0).all()


def test_the_best_by_a_hair_does_not_stay_alone():
    rng = np.random.default_rng(2)
    truth, shared = np.zeros((400, 1)), rng.normal(size=(400, 1))
    models = [shared + rng.normal(0, 0.2, size=(400, 1)) for _ in range(10)]
    times = times_of(select(models, truth))
    assert len(times) > 3
    assert max(times.values()) < sum(times.values()) / 2


def test_the_best_stays_alone_among_ten_that_are_far_worse():
    rng = np.random.default_rng(3)
    models = [rng.normal(0, 0.01, size=(50, 1)), *rng.normal(5, 0.1, size=(10, 50, 1))]
    assert select(models, np.zeros((50, 1))) == (0,)


def test_the_bags_are_always_the_same():
    rng = np.random.default_rng(4)
    models, truth = [*rng.normal(size=(12, 60, 1))], np.zeros((60, 1))
    assert select(models, truth) == select(models, truth)


def test_a_bag_holds_seven_models_of_ten_and_half_of_the_blocks_of_rows():
    bags = selection._bags(10, 400)
    assert len(bags) == BAGS
    assert len({(*models, *rows) for models, rows in bags}) == BAGS
    for models, rows in bags:
        assert len(set(models)) == 7
        assert len(set(rows)) == 200
        assert len(set(rows // 20)) == 10, "whole blocks"
    assert {len(rows) for _, rows in selection._bags(4, 3)} == {2}
    assert {len(rows) for _, rows in selection._bags(4, 1)} == {1}


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_model_that_diverged_is_not_chosen(wrong):
    assert select([model(wrong, 0, 0, 0), model(1, 1, 1, 1)], TRUTH) == (1,)
    assert select([model(wrong, 0, 0, 0)], TRUTH) == ()


def test_probabilities_are_put_together_by_the_loss_of_their_mean():
    sure, unsure = np.array([0.9, 0.1]), np.array([0.1, 0.9])
    assert set(select_by_loss([sure, unsure])) == {0, 1}
    assert select_by_loss([np.array([0.9, 0.9]), unsure]) == (0,)


def test_a_model_of_infinite_loss_is_not_chosen():
    impossible = np.array([1.0, 0.0])
    helped = select_by_loss([impossible, np.array([0.3, 0.5])])
    assert helped[:2] == (1, 0)
    assert select_by_loss([impossible, np.array([0.0, 0.9])]) == ()
    assert select_by_loss([np.array([np.nan, 0.5]), np.array([0.5, 0.5])]) == (1,)
    assert select_by_loss([]) == ()
