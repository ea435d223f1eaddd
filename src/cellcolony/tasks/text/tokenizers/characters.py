"""Every character is a token, blanks and new lines among them."""

from __future__ import annotations

from cellcolony.tasks.text.tokenizers import TOKENIZERS, Tokenizer

TOKENIZERS.register("characters")(Tokenizer(list, "".join, "character", ends_lines=False))
