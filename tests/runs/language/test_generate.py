"""Texts that a language model writes."""

from __future__ import annotations

import numpy as np
import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.tasks.language import Language
from tests.runs.language.trainings import task_in, trained

pytest.importorskip("torch")

from cellcolony.runs.language.generate import generate


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    return trained(task_in(tmp_path_factory.mktemp("generate")), None, epochs=1)


def test_the_same_seed_writes_the_same_text(result):
    texts = [generate(result, "the cat", 30, seed=seed) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]
    assert texts[0].startswith("the cat ")


def test_a_temperature_of_0_takes_the_likeliest_whatever_the_seed(result):
    assert generate(result, "the", 20, 0.0, seed=1) == generate(result, "the", 20, 0.0, seed=2)


def test_so_many_tokens_are_written_and_the_unknown_one_never(tmp_path):
    path = tmp_path / "rare.txt"
    path.write_text("a b c d e f g h\na b q r s t u v\n" * 20)
    rare = trained(Language.from_files(path, vocabulary=6), None, epochs=1)
    assert "<unk>" in rare.vocabulary.tokens
    for temperature in (0.0, 1e-3, 1.0, 50.0):
        written = generate(rare, "", 200, temperature)
        assert "<unk>" not in written
        assert len(written.split()) + written.count("\n") == 200


def test_unknown_words_of_the_prompt_stay_in_the_text(result):
    assert generate(result, "the zebra", 3).startswith("the zebra ")


def test_a_prompt_of_whole_lines_is_followed_by_a_new_line(result):
    assert generate(result, "the cat\n", 3).startswith("the cat\n")


def test_characters_are_written_without_blanks_between(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("abcabcabc\n" * 60)
    made = trained(Language.from_files(path, tokens="characters"), None, epochs=1)
    assert len(generate(made, "ab", 10)) == 12


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"n_tokens": 0}, "`tokens`"), ({"temperature": -1.0}, "`temperature`"),
        ({"temperature": float("nan")}, "`temperature`"), ({"seed": -1}, "`seed`"),
        ({"temperature": float("inf")}, "`temperature`"),
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(result, settings, what):
    with pytest.raises(ConfigError, match=what):
        generate(result, **settings)


def test_a_tiny_temperature_is_no_warning(result):
    with np.errstate(all="raise"):
        generate(result, "the", 5, 1e-320)


def test_a_training_without_an_epoch_cannot_write(result):
    from dataclasses import replace

    with pytest.raises(RunError, match="no epoch is done"):
        generate(replace(result, weights=None))
