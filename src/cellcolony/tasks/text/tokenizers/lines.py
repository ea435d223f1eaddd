"""One sentence a line, its words between blanks: how the Penn Treebank of language models comes."""

from __future__ import annotations

from collections.abc import Sequence

from cellcolony.tasks.text.tokenizers import END, TOKENIZERS, Tokenizer


def split(text: str) -> list[str]:
    """Return the words of every line, and `<eos>` behind each line that has any."""
    tokens: list[str] = []
    for line in text.split("\n"):
        if words := line.split():
            tokens += words
            tokens.append(END)
    return tokens


def join(tokens: Sequence[str]) -> str:
    """Return the words with blanks between them, and a new line for each `<eos>`."""
    lines: list[list[str]] = [[]]
    for token in tokens:
        if token == END:
            lines.append([])
        else:
            lines[-1].append(token)
    return "\n".join(map(" ".join, lines))


TOKENIZERS.register("lines")(Tokenizer(split, join, "word"))
