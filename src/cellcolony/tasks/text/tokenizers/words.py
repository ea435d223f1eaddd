"""Prose as it is written: words and marks by the conventions of the Penn Treebank, from NLTK."""

from __future__ import annotations

from collections.abc import Sequence

from cellcolony.tasks.text.tokenizers import END, TOKENIZERS, UNKNOWN, Tokenizer


def split(text: str) -> list[str]:
    """Return the words and marks of every line, and `<eos>` behind each line that has any."""
    from nltk.tokenize import NLTKWordTokenizer

    tokenize = NLTKWordTokenizer().tokenize
    tokens: list[str] = []
    for line in text.split("\n"):
        if words := tokenize(line):
            tokens += _whole(words) if UNKNOWN in line else words
            tokens.append(END)
    return tokens


def _whole(words: list[str]) -> list[str]:
    """Return words in which `<unk>`, as texts come that were cut before, is one again."""
    found: list[str] = []
    for word in words:
        found.append(word)
        if "".join(found[-3:]) == UNKNOWN and len(found[-1]) == 1:
            found[-3:] = [UNKNOWN]
    return found


def join(tokens: Sequence[str]) -> str:
    """Return the text, with marks beside their words, and a new line for each `<eos>`."""
    from nltk.tokenize.treebank import TreebankWordDetokenizer

    detokenize = TreebankWordDetokenizer().detokenize
    lines: list[list[str]] = [[]]
    for token in tokens:
        if token == END:
            lines.append([])
        else:
            lines[-1].append(token)
    return "\n".join(detokenize(line) for line in lines)


TOKENIZERS.register("words")(Tokenizer(split, join, "word"))
