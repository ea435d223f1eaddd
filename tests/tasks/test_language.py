"""Language tasks: which texts are taken, how they are split, and what is refused where."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import numpy as np
import pytest
import tomli_w

from cellcolony.errors import ConfigError, DataError
from cellcolony.tasks.language import Language
from cellcolony.tasks.language_facts import LanguageFacts
from cellcolony.tasks.text.source import TextSource
from cellcolony.tasks.text.tokenizers import TOKENIZERS
from cellcolony.tasks.text.unigram import unigram_loss
from tests.tasks.files import findings_of

TEXT = "the cat sat on the mat\nthe dog sat on the cat\n" * 10
DATA = Path(os.environ.get("CELLCOLONY_DATA", "/nowhere")) / "ptb"


def write(path: Path, content: str | bytes = TEXT) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "train.txt")


@pytest.mark.skipif(not DATA.is_dir(), reason="needs the Penn Treebank in CELLCOLONY_DATA/ptb")
def test_the_penn_treebank_has_the_published_counts():
    task = Language.from_files(*(DATA / f"ptb.{split}.txt" for split in ("train", "valid", "test")))
    assert [text.n_tokens for text in task.texts] == [929_589, 73_760, 82_430]
    assert len(task.vocabulary) == 10_000
    assert len(task.train) == 929_589


def test_splits_of_their_own_files_are_taken_as_they_are(tmp_path, good):
    valid, test = write(tmp_path / "v.txt", "the dog\n"), write(tmp_path / "t.txt", "on the cat\n")
    task = Language.from_files(good, valid, test)
    assert [text.split for text in task.texts] == ["train", "valid", "test"]
    assert task.vocabulary.decode(task.valid) == ["the", "dog", "<eos>"]
    assert task.vocabulary.decode(task.test) == ["on", "the", "cat", "<eos>"]
    assert task.texts[1].name == str(valid)
    assert task.train.dtype == np.int32


def test_a_task_shows_its_sizes_and_not_its_text(good):
    expected = "<Language of 8 tokens: 98 to learn from, 21 to choose on, 21 to test>"
    assert repr(Language.from_files(good)) == expected


def test_splits_without_files_are_cut_off_the_end_of_the_training_text(tmp_path, good):
    task = Language.from_files(good)
    whole = task.vocabulary.encode(TOKENIZERS["lines"].split(TEXT))
    assert len(whole) == 140
    assert (len(task.train), len(task.valid), len(task.test)) == (98, 21, 21)
    np.testing.assert_array_equal(np.concatenate([task.train, task.valid, task.test]), whole)
    assert "the last 15 % of" in task.texts[1].name
    valid = write(tmp_path / "v.txt", "the dog\n")
    task = Language.from_files(good, valid)
    assert (len(task.train), len(task.valid), len(task.test)) == (119, 3, 21)


def test_the_vocabulary_is_that_of_the_training_split_alone(tmp_path, good):
    valid = write(tmp_path / "v.txt", "the zebra sat\n")
    task = Language.from_files(good, valid, write(tmp_path / "t.txt", "a cat\n"))
    assert "zebra" not in task.vocabulary.tokens
    assert task.vocabulary.decode(task.valid) == ["the", "<unk>", "sat", "<eos>"]
    assert [text.n_unknown for text in task.texts] == [0, 1, 1]
    cut = Language.from_files(write(tmp_path / "cut.txt", "a b\n" * 50 + "z z a\n" * 10))
    assert "z" not in cut.vocabulary.tokens


def test_several_files_follow_each_other_each_on_a_new_line(tmp_path):
    first, second = write(tmp_path / "a.txt", "one two"), write(tmp_path / "b.txt", "two one\n")
    others = write(tmp_path / "v", "one"), write(tmp_path / "w", "two")
    task = Language.from_files([second, first], *others)
    assert task.vocabulary.decode(task.train) == ["two", "one", "<eos>", "one", "two", "<eos>"]


def test_the_fingerprint_hangs_on_the_tokens_and_not_on_names(tmp_path, good):
    one = Language.from_files(good)
    assert Language.from_files(write(tmp_path / "other.txt")).fingerprint == one.fingerprint
    longer = Language.from_files(write(tmp_path / "longer.txt", TEXT + "the cat\n"))
    assert longer.fingerprint != one.fingerprint
    assert len(one.fingerprint) == 64


TOO_MANY_UNKNOWN = {"split": "train", "name": "t", "n_tokens": 2, "n_unknown": 3}


def facts_of(task: Language) -> LanguageFacts:
    """Return the facts of a task as a run's settings keep them."""
    table = tomllib.loads(tomli_w.dumps(task.describe()))
    return Language.facts(table, "[task]")


def test_a_task_is_read_again_from_its_facts(good):
    task = Language.from_files(good, tokens="characters", vocabulary=5, encoding="latin-1")
    facts = facts_of(task)
    assert (facts.fingerprint, facts.n_vocabulary) == (task.fingerprint, len(task.vocabulary))
    assert (facts.texts, facts.source, facts.targets) == (task.texts, task.source, ())
    assert facts.title == "Language model, 5 characters"
    again = Language.again(facts, {})
    assert again.fingerprint == task.fingerprint
    assert again.source == task.source
    assert TextSource.from_dict(task.source.to_dict()) == task.source


@pytest.mark.parametrize("source", [{}, {"files": 3}, {"files": {"x": []}}, {"files": {}, "to": 1}])
def test_facts_that_do_not_say_where_the_text_is_from_are_refused(good, source):
    about = Language.from_files(good).describe()
    with pytest.raises(ConfigError, match=r"\[task.source\]"):
        Language.facts({**about, "source": source}, "[task]")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fingerprint": 3}, r"\[task\]: `fingerprint` must be a text. Got 3"),
        ({"fingerprint": None}, r"\[task\]: `fingerprint` is missing"),
        ({"n_vocabulary": -1}, r"\[task\]: `n_vocabulary` must be a whole number of at least 1"),
        ({"texts": 3}, r"\[task\]: `texts` must be a list of tables. Got 3"),
        ({"texts": [{"split": "train"}]}, r"\[task\], texts 1: `name` is missing"),
        ({"source": {"tokens": "wrds"}}, r"\[task.source\]: .*'wrds'. Did you mean 'words'"),
        ({"source": {"tken": "words"}}, r"\[task.source\]: there is no setting `tken`.*'tokens'"),
        ({"source": {"vocabulary": "all"}}, r"\[task.source\]: `vocabulary` must be"),
        ({"source": {"vocabulary": 2}}, r"\[task.source\]: `vocabulary` must be at least 3, for"),
        ({"source": {"encoding": "hex"}}, r"\[task.source\]: `encoding` must be one that Python"),
        ({"n_vocabulary": 10**9}, r"\[task\]: `n_vocabulary` must be .* 100,000,000. Got 10"),
        ({"texts": []}, r"\[task\]: `texts` must tell of train, valid, test, once. Got"),
        ({"texts": [TOO_MANY_UNKNOWN]}, r"\[task\], texts 1: `n_unknown` must be at most the 2 t"),
    ],
)
def test_damaged_facts_are_refused_by_place(good, change, message):
    about = Language.from_files(good).describe()
    if "source" in change:
        change = {"source": {**about["source"], **change["source"]}}
    table = {key: value for key, value in {**about, **change}.items() if value is not None}
    with pytest.raises(ConfigError, match=message):
        Language.facts(table, "[task]")


def test_a_text_whose_files_have_moved_is_read_from_where_they_are_now(tmp_path, good, monkeypatch):
    valid = write(tmp_path / "v.txt", "the dog\n")
    task = Language.from_files(good, valid)
    (tmp_path / "moved").mkdir()
    good.rename(tmp_path / "moved" / "t-1.txt")
    monkeypatch.chdir(tmp_path / "moved")
    again = Language.again(facts_of(task), {"train": ["t-*.txt"]})
    assert again.fingerprint == task.fingerprint
    assert again.source.files["train"] == (str(tmp_path / "moved" / "t-1.txt"),)
    assert again.source.files["valid"] == (str(valid),)
    monkeypatch.chdir(tmp_path)  # the names are absolute
    assert Language.again(facts_of(again), {}).fingerprint == task.fingerprint
    (found,) = findings_of(lambda: Language.again(facts_of(task), {"train": ["t-*.txt"]}))
    assert "t-*.txt: matches no file" in found


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "holds no text"),
        (b" \n\t\r\n ", "holds no text"),
        (b"\xef\xbb\xbf", "holds no text"),
        (b"one\ntwo \0 three\n", ", line 2: is no text: byte 8 is 0"),
        (b"one\n\nt\xff\n", ", line 3: is not utf-8: byte 6 is 0xff"),
    ],
)
def test_a_file_that_is_no_text_is_refused_with_its_place(tmp_path, content, what):
    path = write(tmp_path / "bad.txt", content)
    (found,) = findings_of(lambda: Language.from_files(path))
    assert found.startswith(str(path))
    assert what in found


def test_every_bad_file_is_found_at_once(tmp_path, good):
    bad = write(tmp_path / "a.txt", b"\0"), write(tmp_path / "b.txt", b"\xff")
    found = findings_of(lambda: Language.from_files(good, bad[0], bad[1]))
    assert [one.split(",")[0] for one in found] == [str(path) for path in bad]


def test_wide_encodings_and_their_marks_are_read(tmp_path):
    for encoding in ("utf-16", "utf-16-le", "utf_32", "utf-8-sig"):
        path = write(tmp_path / encoding, TEXT.replace("\n", "\r\n").encode(encoding))
        task = Language.from_files(path, encoding=encoding)
        assert task.vocabulary.tokens[:2] == ("the", "<eos>")


def test_utf_16_read_as_utf_8_is_refused_with_the_cure(tmp_path):
    path = write(tmp_path / "wide.txt", TEXT.encode("utf-16-le"))
    (found,) = findings_of(lambda: Language.from_files(path))
    assert "--encoding utf-16" in found


def test_a_missing_file_a_folder_and_no_file_are_refused_by_name(tmp_path, good):
    (found,) = findings_of(lambda: Language.from_files(tmp_path / "none.txt"))
    assert found.startswith(f"{tmp_path / 'none.txt'}: matches no file")
    (tmp_path / "empty").mkdir()
    (found,) = findings_of(lambda: Language.from_files(good, tmp_path / "empty"))
    assert found.startswith(f"{tmp_path / 'empty'}: is a folder without a file")
    (found,) = findings_of(lambda: Language.from_files([]))
    assert found.startswith("There is no training text")


def test_a_file_that_went_away_is_refused_when_it_is_read_again(good):
    facts = facts_of(Language.from_files(good))
    good.unlink()
    (found,) = findings_of(lambda: Language.again(facts, {}))
    assert found.startswith(f"{good}: cannot be read")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (found,) = findings_of(lambda: Language.from_files(tmp_path / "pipe"))
    assert "cannot be read: it is a pipe" in found


def test_the_same_file_in_two_splits_is_refused_also_by_a_link(tmp_path, good):
    (found,) = findings_of(lambda: Language.from_files(good, good))
    assert "stands in two splits, train and valid" in found
    link = tmp_path / "z-link.txt"
    link.symlink_to(good)
    (found,) = findings_of(lambda: Language.from_files(good, (), link))
    assert found.startswith(str(link))
    assert "train and test" in found


def test_a_text_of_one_token_is_refused(tmp_path):
    (found, *_) = findings_of(lambda: Language.from_files(write(tmp_path / "a.txt", "word")))
    assert "needs at least 2" in found
    assert str(tmp_path / "a.txt") in found


@pytest.mark.parametrize("split", ["valid", "test"])
@pytest.mark.parametrize(("tokens", "unit"), [("lines", "word"), ("characters", "character")])
def test_a_text_of_unknown_words_alone_is_refused(tmp_path, good, split, tokens, unit):
    path = write(tmp_path / "strange.txt", "xyz zyx\nyyy\n")
    texts = {split: path}
    (found,) = findings_of(lambda: Language.from_files(good, tokens=tokens, **texts))
    assert f"has no {unit} for {split} that the training text has" in found
    assert found.startswith(str(path))


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "zip", "a\0b", "undefined", "rot13", ""])
def test_an_encoding_that_is_unknown_or_not_of_text_is_refused(good, encoding):
    with pytest.raises(ConfigError, match="`encoding` must be one that Python knows"):
        Language.from_files(good, encoding=encoding)


@pytest.mark.parametrize("encoding", ["ascii", "punycode", "idna", "utf-7", "shift_jis", "utf-16"])
def test_whatever_the_encoding_what_is_not_written_so_is_refused(tmp_path, encoding):
    path = write(tmp_path / "bad.txt", b"one\xff\xfe\x81 -\xff.\n\xd8")
    (found,) = findings_of(lambda: Language.from_files(path, encoding=encoding))
    assert found.startswith(str(path))
    assert f"is not {encoding}" in found


def test_an_unknown_tokenizer_and_a_vocabulary_that_is_too_small_are_refused(good):
    with pytest.raises(ConfigError, match=r"no tokenizer 'word'\. Did you mean 'words'\?"):
        Language.from_files(good, tokens="word")
    for n in (2, 0, -1):
        with pytest.raises(ConfigError, match=f"`vocabulary` must be at least 3.* Got {n}"):
            Language.from_files(good, vocabulary=n)


def test_the_message_of_bad_data_is_one_line_a_finding(tmp_path):
    with pytest.raises(DataError) as caught:
        Language.from_files([tmp_path / "a", tmp_path / "b"])
    assert len(str(caught.value).splitlines()) == 2


def test_the_demonstration_has_a_text_without_a_file():
    task = Language.demo(vocabulary=50)
    assert len(task.vocabulary) == 50
    assert task.source.is_demo
    assert len(task.train) > 50_000


def test_the_unigram_loss_counts_each_word_once_more():
    train, text = np.array([0, 0, 1], np.int32), np.array([2, 0, 2], np.int32)
    wanted = -(np.log(3 / 6) + np.log(1 / 6)) / 2
    assert unigram_loss(train, text, 3) == pytest.approx((wanted, wanted))
    assert unigram_loss(train, text, 3, unknown=2).known == pytest.approx(-np.log(3 / 6))


def test_where_every_word_is_known_those_that_come_once_are_unknown(tmp_path):
    train = write(tmp_path / "a.txt", "the cat sat\nthe dog sat\n" * 5 + "a zebra ran\n")
    other = write(tmp_path / "b.txt", "the zebra sat\n" * 4)
    more = write(tmp_path / "c.txt", "the cat sat\n" * 4)
    task = Language.from_files(train, other, more)
    assert "zebra" not in task.vocabulary.numbers
    assert np.count_nonzero(task.train == task.vocabulary.unknown) == 3
    assert np.count_nonzero(task.valid == task.vocabulary.unknown) == 4
    small = Language.from_files(train, other, more, vocabulary=5)  # leaves out words anyhow
    assert set(small.vocabulary.tokens) == {"<unk>", "<eos>", "the", "sat", "cat"}
    again = Language.again(facts_of(task), {})
    assert again.fingerprint == task.fingerprint


def test_runs_of_before_keep_their_vocabulary(tmp_path, good):
    told = Language.from_files(good).describe()
    told["source"].pop("once")
    told["source"].pop("empty_lines")
    source = LanguageFacts.read(told, "[task]").source
    assert (source.once, source.empty_lines) == ("known", False)


@pytest.mark.parametrize("tokens", ["lines", "words"])
def test_lines_without_a_word_may_end_in_eos_too(tmp_path, tokens):
    path = write(tmp_path / "a.txt", "\n one two \n\n three \n" * 6)
    without, counted = (
        Language.from_files(path, tokens=tokens, empty_lines=own) for own in (False, True)
    )
    assert sum(len(one.train) + len(one.valid) + len(one.test) for one in (without,)) == 30
    assert sum(len(one.train) + len(one.valid) + len(one.test) for one in (counted,)) == 42


def test_unknown_words_that_a_text_brings_along_are_whole(tmp_path):
    path = write(tmp_path / "a.txt", "The <unk> of <unk> , said (a <unk>).\n" * 20)
    task = Language.from_files(path, tokens="words")
    assert not {"<", "unk", ">"} & set(task.vocabulary.tokens)
    assert task.texts[0].n_unknown > 0


def test_files_stand_in_the_order_in_which_they_are_named(tmp_path):
    for name, word in (("b", "first"), ("a", "second"), ("p10", "fourth"), ("p9", "third")):
        write(tmp_path / f"{name}.txt", f"{word} {word} all\n" * 9)
    names = [tmp_path / "b.txt", tmp_path / "a.txt", str(tmp_path / "p*.txt")]
    task = Language.from_files(names, vocabulary=None)
    words = list(dict.fromkeys(task.vocabulary.decode(task.train)))
    assert words[:5] == ["first", "all", "<eos>", "second", "third"]
    folder = Language.from_files(tmp_path, vocabulary=None)
    assert folder.vocabulary.decode(folder.train)[0] == "second"  # a.txt


def test_a_letter_is_the_same_however_it_was_typed(tmp_path):
    composed = write(tmp_path / "a.txt", ("caf\u00e9 na\u00efve\n" * 20).encode())
    apart = write(tmp_path / "b.txt", ("cafe\u0301 nai\u0308ve\n" * 20).encode())
    one, other = (Language.from_files(path, tokens="characters") for path in (composed, apart))
    assert one.fingerprint == other.fingerprint


def test_a_missing_line_end_adds_no_character(tmp_path):
    path = write(tmp_path / "a.txt", "ab" * 50)
    task = Language.from_files(path, tokens="characters")
    assert "\n" not in task.vocabulary.numbers
