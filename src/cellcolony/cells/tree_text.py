"""Trees as text: `mul(sigmoid(z0), tanh(add(c, z1)>c))`, and their reader."""

from __future__ import annotations

import re

from cellcolony.cells.operation import LONGEST_NAME
from cellcolony.cells.tree_element import (
    ARITY,
    MEMORIES,
    MOST_ELEMENTS,
    MOST_HEIGHT,
    Element,
    arity_of,
)
from cellcolony.errors import GenomeError, brief, did_you_mean

LONGEST_TEXT = (LONGEST_NAME + 6) * MOST_ELEMENTS
"""Characters: an element takes its name, brackets, a comma with a blank, and a tie."""
_TOKEN = re.compile(r"\s*(?:([A-Za-z]\w*)|([(),>]))")


def parse(text: str) -> Element:
    """Read an element from its text.

    An element is the name of a leaf, or the name of an operation with its arguments in brackets;
    after it may stand `>c` or `>d`, the memory that it is tied to. Blanks do not matter.

    Raises:
        GenomeError: It is no such text; the message says at which character.
    """
    if len(text) > LONGEST_TEXT:
        raise GenomeError(
            f"The text of a tree may have {LONGEST_TEXT:,} characters. Got {len(text):,}."
        )
    reader = _Reader(text)
    element = reader.element(0)
    reader.end()
    return element


class _Reader:
    """Reads elements from a text, token by token."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def element(self, depth: int) -> Element:
        if depth > MOST_HEIGHT:
            raise self._fault(f"a tree's height must be at most {MOST_HEIGHT}")
        op = self._name()
        if arity_of(op) is None:
            raise self._fault(f"{brief(op)} is no element of a tree.{did_you_mean(op, ARITY)}")
        args = self._args(depth + 1) if self._takes("(") else ()
        output = ""
        if self._takes(">"):
            output = self._name()
            if output not in MEMORIES:
                raise self._fault(f"`>` must be followed by c or d, not {brief(output)}")
        try:
            return Element(op, args, output)
        except GenomeError as error:
            raise self._fault(str(error)) from None

    def end(self) -> None:
        rest = self._text[self._at :]
        if rest.strip():
            raise self._fault(f"a tree ends here. Got {brief(rest)}")

    def _args(self, depth: int) -> tuple[Element, ...]:
        args = [self.element(depth)]
        while self._takes(","):
            if len(args) == 3:
                raise self._fault("an element takes 3 arguments at most")
            args.append(self.element(depth))
        if not self._takes(")"):
            raise self._fault(f"a `)` is missing. Got {brief(self._text[self._at :])}")
        return tuple(args)

    def _name(self) -> str:
        found = _TOKEN.match(self._text, self._at)
        if not (found and found[1]):
            rest = self._text[self._at :]
            raise self._fault(f"the name of an element must stand here. Got {brief(rest)}")
        self._at = found.end()
        return found[1]

    def _takes(self, sign: str) -> bool:
        found = _TOKEN.match(self._text, self._at)
        if not found or found[2] != sign:
            return False
        self._at = found.end()
        return True

    def _fault(self, what: str) -> GenomeError:
        return GenomeError(f"The text of a tree, character {self._at}: {what}")
