"""Tokenizers and vocabularies."""

import pytest

from cellcolony.errors import ConfigError
from cellcolony.tasks.text.tokenizers import TOKENIZERS
from cellcolony.tasks.text.vocabulary import Vocabulary

LINES = "the cat sat\non the mat\n"


def test_all_tokenizers_are_found():
    assert TOKENIZERS.names() == ("characters", "lines", "words")


def test_lines_are_cut_at_blanks_and_end_with_a_token_of_their_own():
    split = TOKENIZERS["lines"].split
    assert split(" the  cat \n\n\nsat\t.") == ["the", "cat", "<eos>", "sat", ".", "<eos>"]
    assert split("\n \n") == []


def test_prose_is_cut_into_words_and_marks():
    split = TOKENIZERS["words"].split
    assert split("It's (so) good.\n\nYes!\n") == [
        "It", "'s", "(", "so", ")", "good", ".", "<eos>", "Yes", "!", "<eos>",
    ]  # fmt: skip


def test_characters_are_every_character():
    assert TOKENIZERS["characters"].split("a b\n") == ["a", " ", "b", "\n"]


@pytest.mark.parametrize("name", ["lines", "words", "characters"])
@pytest.mark.parametrize("text", [LINES, "one\n", "", "Well, it's done (at last).\n"])
def test_what_is_cut_is_put_together_again(name, text):
    tokenizer = TOKENIZERS[name]
    assert tokenizer.join(tokenizer.split(text)) == text


def test_a_word_that_holds_the_token_of_a_lines_end_stays_one_word():
    tokenizer = TOKENIZERS["lines"]
    assert tokenizer.join(tokenizer.split("a<eos>b c\n")) == "a<eos>b c\n"


def test_the_vocabulary_holds_the_most_frequent_and_ties_go_by_the_alphabet():
    tokens = ["d", "d", "d", "c", "b", "a", "a", "<eos>", "<eos>", "<eos>", "<eos>"]
    assert Vocabulary.of(tokens).tokens == ("<eos>", "d", "a", "b", "c", "<unk>")
    assert Vocabulary.of(tokens, 5).tokens == ("<eos>", "d", "a", "b", "<unk>")
    assert Vocabulary.of(tokens, 3).tokens == ("<eos>", "d", "<unk>")
    assert Vocabulary.of(["b", "a", "c"], 3).tokens == ("a", "b", "<unk>")


def test_the_unknown_word_is_always_known_once():
    assert Vocabulary.of(["a", "<unk>", "<unk>"]).tokens == ("<unk>", "a")
    assert Vocabulary.of(list("aabbccdd"), 3).tokens == ("a", "b", "<unk>")
    rare = ["a"] * 3 + ["b"] * 3 + ["<eos>"] + ["<unk>"]
    assert set(Vocabulary.of(rare, 3).tokens) == {"a", "<eos>", "<unk>"}


def test_numbers_and_tokens_are_each_others_inverse_but_for_unknown_ones():
    vocabulary = Vocabulary.of(["a", "a", "b"])
    numbers = vocabulary.encode(["b", "a", "z"])
    assert numbers.tolist() == [1, 0, vocabulary.unknown]
    assert numbers.dtype.name == "int32"
    assert vocabulary.decode(numbers) == ["b", "a", "<unk>"]
    assert vocabulary.encode([]).shape == (0,)


@pytest.mark.parametrize("most", [2, 0, -5])
def test_a_vocabulary_without_room_for_a_word_is_refused(most):
    with pytest.raises(ConfigError, match="at least 3"):
        Vocabulary.of(["a"], most)
