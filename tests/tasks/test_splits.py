import numpy as np
import pytest

from cellcolony.errors import ConfigError
from cellcolony.tasks.splits import Piece, check_split, cut, fewest_rows


def test_the_last_rows_test_and_those_before_validate_where_no_file_is_given():
    splits = cut({"train": [100, 40], "valid": [], "test": []})
    assert splits["train"] == (Piece(0, 0, 70), Piece(1, 0, 28))
    assert splits["valid"] == (Piece(0, 70, 85), Piece(1, 28, 34))
    assert splits["test"] == (Piece(0, 85, 100), Piece(1, 34, 40))


def test_the_last_rows_validate_where_test_files_are_given():
    splits = cut({"train": [100], "valid": [], "test": [50]})
    assert splits == {
        "train": (Piece(0, 0, 85),),
        "valid": (Piece(0, 85, 100),),
        "test": (Piece(1, 0, 50),),
    }


def test_the_last_rows_test_where_validation_files_are_given():
    splits = cut({"train": [100], "valid": [50], "test": []})
    assert splits == {
        "train": (Piece(0, 0, 85),),
        "valid": (Piece(1, 0, 50),),
        "test": (Piece(0, 85, 100),),
    }


def test_nothing_tests_where_files_validate_and_the_task_holds_out_no_test():
    splits = cut({"train": [100], "valid": [50], "test": []}, holds_out_test=False)
    assert splits == {"train": (Piece(0, 0, 100),), "valid": (Piece(1, 0, 50),), "test": ()}
    assert cut({"train": [100], "valid": [], "test": []}, holds_out_test=False)["test"]
    given = {"train": [100], "valid": [50], "test": [60]}
    assert cut(given, holds_out_test=False) == cut(given)


def test_training_files_train_to_the_end_where_both_are_given():
    splits = cut({"train": [100, 90], "valid": [50], "test": [60, 70]})
    assert splits["train"] == (Piece(0, 0, 100), Piece(1, 0, 90))
    assert splits["valid"] == (Piece(2, 0, 50),)
    assert splits["test"] == (Piece(3, 0, 60), Piece(4, 0, 70))


def test_a_row_is_scored_where_its_target_lies_in_the_piece_and_twelve_rows_came_before():
    assert np.flatnonzero(Piece(0, 20, 24).scored(1)).tolist() == [19, 20, 21, 22]
    assert np.flatnonzero(Piece(0, 20, 24).scored(3)).tolist() == [17, 18, 19, 20]
    assert np.flatnonzero(Piece(0, 0, 16).scored(1)).tolist() == [12, 13, 14]
    assert len(Piece(0, 0, 16).scored(1)) == 15
    assert len(Piece(0, 0, 2).scored(5)) == 0


def test_a_longer_history_leaves_out_more_of_the_first_rows():
    assert np.flatnonzero(Piece(0, 0, 30).scored(1, 24)).tolist() == [24, 25, 26, 27, 28]


@pytest.mark.parametrize("horizon", [1, 5, 60])
@pytest.mark.parametrize("n_parts", [0, 1, 2])
def test_the_fewest_rows_and_all_more_leave_a_scored_row_in_each_piece(horizon, n_parts):
    fewest = fewest_rows(horizon, n_parts)

    def suffices(rows: int) -> bool:
        given = {"valid": [] if n_parts > 0 else [99], "test": [] if n_parts > 1 else [99]}
        splits = cut({"train": [rows], **given})
        own = [p for pieces in splits.values() for p in pieces if p.recording == 0]
        return all(piece.scored(horizon).any() for piece in own)

    assert not suffices(fewest - 1)
    assert all(suffices(rows) for rows in range(fewest, fewest + 200))


def test_an_unknown_split_answers_with_the_nearest():
    with pytest.raises(ConfigError, match=r"no split 'vaild'\. Did you mean 'valid'"):
        check_split("vaild")
