"""Prose as it is written: words and marks by the conventions of the Penn Treebank, from NLTK."""

from __future__ import annotations

from collections.abc import Sequence

from cellcolony.tasks.text.tokenizers import END, TOKENIZERS, Tokenizer


def split(text: str) -> list[str]:
    """Return the words and marks of every line, and `<eos>` behind each line that has any."""
    from nltk.tokenize import NLTKWordTokenizer

    tokenize = NLTKWordTokenizer().tokenize
    tokens: list[str] = []
    for line in text.split("\n"):
        if words := tokenize(line):
            tokens += words
            tokens.append(END)
    return tokens


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
