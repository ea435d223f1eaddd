import csv
import io

import pytest

from cellcolony.errors import RunError
from cellcolony.runs.scores import ModelScore, front_csv, mean_mae, read_scores, scores_csv


def score(model, network, split, target, mae):
    return ModelScore(model, network, 10 if network is None else network, split, target, mae,
                      mae**2, 50, 0.1 + 0.2)  # fmt: skip


SCORES = (
    score("network 4", 4, "valid", 'a,"b"', 0.1),
    score("network 4", 4, "valid", "c", 0.3),
    score("network 9", 9, "valid", 'a,"b"', 0.1),
    score("network 9", 9, "valid", "c", 0.2),
    score("network 9", 9, "test", 'a,"b"', 0.5),
    score("network 9", 9, "test", "c", 0.7),
    score("ridge-1", None, "test", "c", 0.6),
)


def test_scores_are_read_as_they_were_written(tmp_path):
    (tmp_path / "scores.csv").write_text(scores_csv(SCORES), "utf-8")
    assert read_scores(tmp_path / "scores.csv") == SCORES


def test_several_targets_count_the_same():
    assert mean_mae(SCORES, 4, "valid") == pytest.approx(0.2)
    assert mean_mae(SCORES, 4, "test") is None


def test_the_front_is_listed_from_small_to_large_with_the_chosen_one_marked():
    rows = list(csv.DictReader(io.StringIO(front_csv(SCORES, chosen=9))))
    assert list(rows[0]) == ["id", "n_weights", "valid_mae", "test_mae", "chosen"]
    assert [(row["id"], row["test_mae"], row["chosen"]) for row in rows] == [
        ("4", "", "no"),
        ("9", "0.6", "yes"),
    ]


@pytest.mark.parametrize("text", [None, "a,b\n1,2\n", "model,network\nx,y\n"])
def test_broken_scores_are_named(tmp_path, text):
    path = tmp_path / "scores.csv"
    if text is not None:
        path.write_text(text)
    with pytest.raises(RunError, match=r"scores\.csv.*: the (scores|file) cannot be read"):
        read_scores(path)
