"""Lets Sphinx read our docstrings as they are written.

A name in backticks becomes a link where it names something that is documented, and is code where
it does not. Types of signatures lead to the place where a name is documented, not to the module
that defines it.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject  # pyright: ignore[reportPrivateImportUsage]
from sphinx.environment import BuildEnvironment

ELSEWHERE = re.compile(
    r"(builtins|collections|concurrent|numpy|np|os|pandas|pathlib|sklearn|torch|typing)\.[\w.]+"
)
"""What is documented by others: without a network nothing leads there."""
OURS = re.compile(r"cellcolony\.[\w.]+")
BARE = re.compile(r"[A-Z]\w*|(?:dict|tuple|[\w.]*Mapping)\[str")
"""Names of types that are imported for checks of types alone, and parts of some of them."""
NAMELESS = re.compile(r"= <(?:[^<>]|<[^<>]*>)*>")
ALIAS = re.compile(r"TypeAliasForwardRef\('(\w+)'\)")
LISTINGS = ("german", "odd", "pumps", "toa5", "units")
"""What the examples of how-to/files.md are called, by which the tests find them."""


def keep_colons(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Keep the first sentence of a property together, though it may have a colon.

    Napoleon takes what stands before a colon of the first line for a type: that is now a comment.
    """
    if what in ("attribute", "data", "property") and lines:
        lines[:0] = ["..", ""]


def readable(
    app: Sphinx, what: str, name: str, thing: object, options: object, signature: str | None,
    returns: str | None,
) -> tuple[str | None, str | None]:  # fmt: skip
    """Write a default that has no text of its own as `...`, and an alias by its name."""
    plain = signature and ALIAS.sub(r"\1", NAMELESS.sub("= ...", signature))
    return plain, returns and ALIAS.sub(r"\1", returns)


def resolve(
    app: Sphinx, env: BuildEnvironment, node: addnodes.pending_xref, shown: nodes.Element
) -> nodes.Element | None:
    """Return what a name leads to that is not documented under it; None warns of it."""
    target = node.get("reftarget", "")
    if node.get("refdomain") != "py":
        return None
    short = target.rpartition(".")[2]
    domain = env.domains.python_domain
    classes = [
        name
        for name, entry in domain.objects.items()
        if name.endswith(f".{short}") and entry.objtype in ("class", "exception")
    ]
    if len(classes) == 1 and target != short:
        source = env.current_document.docname or node["refdoc"]
        return domain.resolve_xref(env, source, app.builder, "class", classes[0], node, shown)
    is_type = node.get("reftype") in ("class", "exc", "data")
    if is_type and any(one.fullmatch(target) for one in (ELSEWHERE, OURS, BARE)):
        return shown
    return shown if node.get("reftype") == "obj" else None


def dashes(app: Sphinx, tree: nodes.document) -> None:
    """Write the two hyphens that Sphinx sets after the name of an argument as a dash."""
    for text in [*tree.findall(nodes.Text)]:
        if text == " -- ":
            text.parent.replace(text, nodes.Text(" \N{EN DASH} "))


def every_public_name_is_documented(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of a public name that no page of the reference shows."""
    from sphinx.util import logging

    import cellcolony

    documented = env.domains.python_domain.objects
    for name in cellcolony.__all__:
        if not name.startswith("_") and f"cellcolony.{name}" not in documented:
            logging.getLogger(__name__).warning("cellcolony.%s has no page in the reference", name)


def setup(app: Sphinx) -> dict[str, Any]:
    """Let Sphinx know."""
    app.connect("autodoc-process-docstring", keep_colons, priority=400)  # before napoleon
    app.connect("autodoc-process-signature", readable)
    app.connect("doctree-read", dashes)
    app.connect("missing-reference", resolve)
    app.connect("env-check-consistency", every_public_name_is_documented)
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"  # as our docstrings call them
    for name in LISTINGS:
        app.add_lexer(name, TextLexer)
    return {"parallel_read_safe": False, "parallel_write_safe": True}
