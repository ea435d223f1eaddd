"""A language task: a text to learn from, one to choose on, one to test on, as numbered tokens."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Begin, Measure, Training
from cellcolony.layers.architecture import filling_of
from cellcolony.layers.epoch import perplexity
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.needs import check_extra
from cellcolony.layers.schedule import check_length
from cellcolony.tasks import TASKS, Files
from cellcolony.tasks.findings import Finding, Findings
from cellcolony.tasks.language_facts import LanguageFacts, Text
from cellcolony.tasks.patterns import PathLike, check_disjoint, expand
from cellcolony.tasks.text.manual import MANUAL, manual
from cellcolony.tasks.text.reading import read_texts
from cellcolony.tasks.text.source import SPLITS, TextSource
from cellcolony.tasks.text.tokenizers import END, TOKENIZERS, UNKNOWN, Tokenizer
from cellcolony.tasks.text.vocabulary import Vocabulary

CUT_OFF = 0.15
"""The share of the training text that validates, and that tests, where no files are given."""


KNOWN = Measure(
    "known", "perplexity of known tokens", "loss of known tokens", perplexity, geometric=True
)
BITS = Measure("bits", "bits a character", "bits a character")


def _begin_training(*arguments: Any, **options: Any) -> Begin:
    check_extra()
    # Torch is an extra, and takes seconds to import.
    from cellcolony.judges.training.texts import begin_judging

    return begin_judging(*arguments, **options)


@TASKS.register("language")
@dataclass(frozen=True, eq=False)
class Language:
    """Numbered tokens in three splits; the vocabulary is that of the training split alone.

    Attributes:
        vocabulary: The known tokens.
        train: `(tokens,) int32`, to learn from.
        valid: The same, to choose on.
        test: The same, to be touched once, at the end.
        texts: What is known of each split.
        source: Where they came from.
    """

    kind: ClassVar[str] = "language"
    measure: ClassVar[Measure] = Measure(
        "perplexity", "perplexity", "search loss in nats a token", perplexity, geometric=True,
        others=(KNOWN, BITS),
    )  # fmt: skip
    trainings: ClassVar[Mapping[str, Training]] = dict.fromkeys(
        ("tree", "mixture", "cell"),
        Training(LanguageTraining, _begin_training, executor="processes", on_gpu=True),
    )

    vocabulary: Vocabulary
    train: NDArray[np.int32]
    valid: NDArray[np.int32]
    test: NDArray[np.int32]
    texts: tuple[Text, ...]
    source: TextSource

    @staticmethod
    def from_files(
        train: PathLike | Iterable[PathLike],
        valid: PathLike | Iterable[PathLike] = (),
        test: PathLike | Iterable[PathLike] = (),
        *,
        tokens: str = "lines",
        vocabulary: int | None = 10_000,
        encoding: str = "utf-8",
        empty_lines: bool = False,
    ) -> Language:
        """Read texts.

        They are brought to the form NFC of Unicode, so that a letter is the same however it was
        typed.

        Args:
            train: Files, patterns or folders to learn from: one text, in the order in which they
                are named, the files of a pattern or a folder in natural order.
            valid: To choose on; without, the last 15 % of the training text, before the test's.
            test: To be touched once; without, the last 15 % of the training text.
            tokens: The tokenizer: "lines", "words" or "characters".
            vocabulary: How many tokens it may hold, the most frequent; None for all. Where the
                training text then has no unknown token, those that it has once become unknown:
                else what stands for all others would never be trained.
            encoding: How the files are written.
            empty_lines: Whether a line without a word ends in `<eos>` too.

        Raises:
            ConfigError: The tokenizer or the encoding is unknown, or the vocabulary too small.
            DataError: A file cannot be used; every fault with its place.
        """
        findings = Findings()
        given = {"train": train, "valid": valid, "test": test}
        paths = {split: expand(given[split], findings, is_one=True) for split in SPLITS}
        if not paths["train"] and not findings:
            findings.add(Finding("", "there is no training text", "Name a file."))
        check_disjoint(paths, findings)
        findings.raise_if_any()
        files = {split: tuple(str(path.absolute()) for path in paths[split]) for split in SPLITS}
        source = TextSource(files, tokens, encoding, vocabulary, "unknown", empty_lines)
        return Language.from_source(source)

    @staticmethod
    def demo(vocabulary: int | None = 2_000) -> Language:
        """Return the demonstration's task: the manual that Python brings along.

        It differs with Python's version, and so does the fingerprint.
        """
        return Language.from_source(TextSource({}, "words", "utf-8", vocabulary))

    @staticmethod
    def from_source(source: TextSource) -> Language:
        """Read a task, or read one again.

        Raises:
            ConfigError: The tokenizer or the encoding is unknown, or the vocabulary too small.
            DataError: A file cannot be used; every fault with its place.
        """
        tokenizer = TOKENIZERS[source.tokens]
        findings = Findings()
        names, parts, n_characters = {}, {}, {}
        if source.is_demo:
            text = manual()
            names["train"], parts["train"] = MANUAL, tokenizer.split(text)
            n_characters["train"] = len(text)
        else:
            for split, files in source.files.items():
                if files:
                    text = read_texts(map(Path, files), source.encoding, findings)
                    names[split] = ", ".join(files)
                    parts[split] = tokenizer.cut(text, source.empty_lines)
                    n_characters[split] = len(text)
            findings.raise_if_any()
        per_token = n_characters["train"] / max(len(parts["train"]), 1)
        _cut_off_missing(names, parts)
        if n_characters.keys() != parts.keys():
            del n_characters["train"]  # a part of it is cut off
        is_once = source.once == "unknown"
        vocabulary = Vocabulary.of(parts["train"], source.vocabulary, needs_unknown=is_once)
        numbers = {split: vocabulary.encode(parts[split]) for split in SPLITS}
        for split in SPLITS:
            _check(split, names[split], numbers[split], vocabulary, tokenizer, findings)
        findings.raise_if_any()
        texts = tuple(
            Text(
                split,
                names[split],
                len(numbers[split]),
                _n_unknown(numbers[split], vocabulary),
                n_characters.get(split, round(per_token * len(numbers[split]))),
            )
            for split in SPLITS
        )
        return Language(vocabulary, **numbers, texts=texts, source=source)

    @staticmethod
    def again(facts: LanguageFacts, files: Files) -> Language:
        """Read the text of an earlier task again.

        Args:
            facts: What its run keeps of it.
            files: The files of splits whose files have moved.

        Raises:
            DataError: A file cannot be used; every fault with its place.
        """
        source = facts.source
        if files:
            findings = Findings()
            moved = {split: expand(names, findings, is_one=True) for split, names in files.items()}
            findings.raise_if_any()
            named = {
                split: tuple(str(path.absolute()) for path in paths)
                for split, paths in moved.items()
            }
            source = replace(source, files={**source.files, **named})
        return Language.from_source(source)

    @staticmethod
    def facts(table: Mapping[str, Any], where: str) -> LanguageFacts:
        """Read what `describe` wrote.

        Raises:
            ConfigError: A value is missing or cannot be.
        """
        return LanguageFacts.read(table, where)

    def __repr__(self) -> str:
        train, valid, test = (f"{len(getattr(self, split)):,}" for split in SPLITS)
        return (
            f"<Language of {len(self.vocabulary):,} tokens: {train} to learn from, {valid} to "
            f"choose on, {test} to test>"
        )

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of vocabulary and splits; names of files do not enter. 64 digits."""
        digest = hashlib.sha256("\n".join(map(repr, self.vocabulary.tokens)).encode())
        for split in SPLITS:
            digest.update(repr((split, len(getattr(self, split)))).encode())
            digest.update(getattr(self, split).astype("<i4").tobytes())
        return digest.hexdigest()

    def score_candidate(
        self, genome: Any, loss: float, split: str, training: LanguageTraining
    ) -> Iterator[tuple[str, str, float, int, int]]:
        """Yield the perplexity of a search's training on validation, weights and tokens."""
        if split == "valid":
            n_weights = training.model.of(filling_of(genome), len(self.vocabulary)).n_weights
            measure = self.measure.name
            yield "", measure, perplexity(loss), n_weights, len(self.valid) - 1

    def files(self) -> dict[str, str]:
        """Return the vocabulary, as a run directory keeps it."""
        words = json.dumps(self.vocabulary.tokens, ensure_ascii=False, indent=0)
        return {"vocabulary.json": words + "\n"}

    def check(self, training: LanguageTraining) -> None:
        """Check that the text is long enough for a training.

        Raises:
            ConfigError: Torch is missing.
            DataError: It is not.
        """
        check_extra()
        check_length(len(self.train), training.schedule)

    def describe(self) -> dict[str, Any]:
        """Return what a run's settings keep of the text, as plain values."""
        return {
            "kind": self.kind,
            "fingerprint": self.fingerprint,
            "n_vocabulary": len(self.vocabulary),
            "texts": [asdict(text) for text in self.texts],
            "source": self.source.to_dict(),
        }


def _cut_off_missing(names: dict[str, str], parts: dict[str, list[str]]) -> None:
    """Cut the splits that have no files off the end of the training text."""
    n_each, of = int(CUT_OFF * len(parts["train"])), names["train"]
    is_cut = False
    for split in ("test", "valid"):
        if split not in parts:
            parts["train"], parts[split] = _cut(parts["train"], n_each)
            names[split] = f"the last 15 % of {of}{' before those of test' if is_cut else ''}"
            is_cut = True


def _cut(tokens: Sequence[str], n_last: int) -> tuple[list[str], list[str]]:
    at = len(tokens) - n_last
    return list(tokens[:at]), list(tokens[at:])


def _n_unknown(numbers: NDArray[np.int32], vocabulary: Vocabulary) -> int:
    return int(np.count_nonzero(numbers == vocabulary.unknown))


def _has_known(numbers: NDArray[np.int32], vocabulary: Vocabulary) -> bool:
    """Whether a text has a known token, ends of lines and blanks aside: every text has those."""
    known = (vocabulary.tokens[number] for number in np.unique(numbers))
    return any(token not in (UNKNOWN, END) and not token.isspace() for token in known)


def _check(
    split: str,
    name: str,
    numbers: NDArray[np.int32],
    vocabulary: Vocabulary,
    tokenizer: Tokenizer,
    findings: Findings,
) -> None:
    """Find a split that nothing can be learned or told from."""
    if len(numbers) < 2:
        findings.add(
            Finding(
                name,
                f"has {len(numbers)} {tokenizer.unit}s for {split}",
                "A text needs at least 2: give a longer one.",
            )
        )
    elif split != "train" and not _has_known(numbers, vocabulary):
        findings.add(
            Finding(
                name,
                f"has no {tokenizer.unit} for {split} that the training text has",
                "Its perplexity would say nothing: give a text of the same language and tokenizer, "
                "or a larger vocabulary.",
            )
        )
