"""The output of a language model: a softmax over all words, and its cross-entropy.

The scores of a window are larger than all else that a model computes. So they are made for some
rows at a time, and turned into the gradient where they stand; nothing of them is kept.

With `cutoffs` the words, the most frequent first, are cut into a head and tails. A first softmax
gives the words of the head and, with a row of weights for each, the tails as a whole; a second one
gives the words of a tail, and is computed only where the target lies in it. It is a distribution
over all words like the plain one, another model, and a few times faster (Grave et al. 2017,
"Efficient softmax approximation for GPUs"; without their smaller matrices for the tails).
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

NUMBERS_AT_ONCE = 1 << 20
"""Scores that are made at a time: 4 MB, which stay in the cache."""


def cross_entropy(hidden: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """Return the sum of -log p(target) over all rows, in nats; a number with a gradient.

    Args:
        hidden: `(rows, units)`.
        weights: `(words, units)`.
        bias: `(words,)`.
        targets: `(rows,) int64`, numbers of words.
    """
    return _CrossEntropy.apply(hidden, weights, bias, targets)


class Tails(NamedTuple):
    """What a model in two steps has beside the rows of its words.

    Attributes:
        cutoffs: The first word of each tail.
        weights: `(tails, units)`, a row of the first softmax for each.
        bias: `(tails,)`.
    """

    cutoffs: Sequence[int]
    weights: Tensor
    bias: Tensor


def tailed_cross_entropy(
    hidden: Tensor, weights: Tensor, bias: Tensor, tails: Tails, targets: Tensor
) -> Tensor:
    """Return what `cross_entropy` does, of a distribution in two steps.

    Args:
        hidden: `(rows, units)`.
        weights: `(words, units)`, the most frequent words first.
        bias: `(words,)`.
        tails: The rest of the model.
        targets: `(rows,) int64`, numbers of words.
    """
    head, *rest = _cut(weights, bias, tails)
    first = tails.cutoffs[0]
    tail_of = torch.bucketize(targets, targets.new_tensor(tails.cutoffs), right=True)
    total = cross_entropy(hidden, *head, torch.where(tail_of == 0, targets, first - 1 + tail_of))
    for number, (begin, part) in enumerate(zip(tails.cutoffs, rest, strict=True)):
        rows = (tail_of == number + 1).nonzero().squeeze(1)
        if len(rows):
            total = total + cross_entropy(
                hidden.index_select(0, rows), *part, targets[rows] - begin
            )
    return total


def tailed_log_probabilities(hidden: Tensor, weights: Tensor, bias: Tensor, tails: Tails) -> Tensor:
    """Return log p of every word, `(..., words)`, of a distribution in two steps."""
    parts = _cut(weights, bias, tails)
    head, *rest = (torch.log_softmax(hidden @ rows.T + shift, -1) for rows, shift in parts)
    known, of_tails = head.split([tails.cutoffs[0], len(rest)], -1)
    return torch.cat([known, *map(torch.add, of_tails.split(1, -1), rest)], -1)


def _cut(weights: Tensor, bias: Tensor, tails: Tails) -> list[tuple[Tensor, Tensor]]:
    """Return the matrix and the bias of the first softmax, then those of each tail."""
    sizes = [end - begin for begin, end in pairwise((0, *tails.cutoffs, len(bias)))]
    head, *rest = zip(weights.split(sizes), bias.split(sizes), strict=True)
    return [(torch.cat((head[0], tails.weights)), torch.cat((head[1], tails.bias))), *rest]


class _CrossEntropy(torch.autograd.Function):
    """Computes the gradient along with the value, unless nobody wants it."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, weights: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
        wanted = any(ctx.needs_input_grad)
        gradients = [torch.zeros_like(part) for part in (hidden, weights, bias) if wanted]
        total = hidden.new_zeros((), dtype=torch.float64)
        n_at_once = max(1, NUMBERS_AT_ONCE // len(bias))
        for begin in range(0, len(hidden), n_at_once):
            rows = slice(begin, begin + n_at_once)
            h, target = hidden[rows], targets[rows, None]
            scores = torch.addmm(bias, h, weights.T)  # (some rows, words)
            scores.sub_(scores.amax(1, keepdim=True))
            of_target = scores.gather(1, target)
            sums = scores.exp_().sum(1, keepdim=True)
            total += (sums.log() - of_target).sum(dtype=torch.float64)
            if wanted:
                d_hidden, d_weights, d_bias = gradients
                scores.div_(sums).scatter_add_(1, target, torch.full_like(of_target, -1.0))
                torch.mm(scores, weights, out=d_hidden[rows])
                d_weights.addmm_(scores.T, h)
                d_bias += scores.sum(0)
        ctx.save_for_backward(*gradients)
        return total.to(hidden.dtype)

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, gradient: Tensor
    ) -> tuple[Tensor | None, ...]:
        return *(part * gradient for part in ctx.saved_tensors), None
