"""A genome of genetic programming as branches: every element, as it stands in the tree."""

from __future__ import annotations

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import (
    BASE,
    MEMORIES,
    OF_INPUT,
    OF_OUTPUT,
    OUTPUT,
    PROJECTED,
    Element,
)
from cellcolony.drawing import branch_marks
from cellcolony.drawing.branches import Branch, Forest, Root, memory_leaf
from cellcolony.drawing.palette import memory_colours
from cellcolony.wording import count


def forest_of_tree(tree: Tree) -> Forest:
    """Return a tree as it is drawn; a memory leaf that no output feeds is faint: it reads 0."""
    n_tied = {memory: len(tree.tied_to(memory)) for memory in MEMORIES}
    bias = " + b" if tree.bias else ""

    def branch(element: Element) -> Branch:
        op = element.op
        if op in BASE:
            k = op[1:]
            note = f" = x({k}) + h({k}){f'{bias}{k}' if bias else ''}"
            meaning = f"z_k = x(k) + h(k){f'{bias}_k' if bias else ''}"
            return Branch(branch_marks.INPUT_LEAF, op, meaning=meaning, note=note)
        if op in OF_INPUT:
            meaning = f"x_k = x(k){f'{bias}_k' if bias else ''}: of the input, by weights"
            return Branch(branch_marks.INPUT_LEAF, op, meaning=meaning)
        if op in OF_OUTPUT:
            meaning = "u_k = h(k): of the output of the step before, by weights"
            return Branch(branch_marks.INPUT_LEAF, op, meaning=meaning)
        if op == OUTPUT:
            return memory_leaf(op)
        if op in MEMORIES:
            if n_tied[op]:
                return memory_leaf(op)
            note = ": no element is tied to this memory, so it reads 0"
            return Branch(branch_marks.UNFED, op, meaning="without an output: 0", note=note)
        args = tuple(map(branch, element.args))
        note, memories = "", ()
        if element.output:
            others = n_tied[element.output] - 1
            summed = f", summed with {count(others, 'other')}" if others else ""
            note, memories = f": next value of memory {element.output}{summed}", (element.output,)
        carries = any(arg.carries for arg in args)
        return Branch(branch_marks.OPERATION, op, args, memories, note=note, carries=carries)

    return Forest([Root(branch(tree.root), "h")], memory_colours((*MEMORIES, OUTPUT)))


def counts_of_tree(tree: Tree) -> list[str]:
    """Return what a tree consists of, as parts of a sentence."""
    read = {element.op for element in tree.root.walk() if not element.args}
    parts = [
        count(tree.n_elements, "element"),
        f"height {tree.height}",
        f"{len({op[1:] for op in read & set(PROJECTED)})} of {count(len(BASE), 'base input')} read",
    ]
    for memory in MEMORIES:
        n_outputs = len(tree.tied_to(memory))
        if memory in read or n_outputs:
            unread = "" if memory in read else ", never read"
            parts.append(f"memory {memory} with {count(n_outputs, 'output')}{unread}")
    return parts
