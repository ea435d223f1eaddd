"""The output of a language model: a softmax over all words, and its cross-entropy.

The scores of a window are larger than all else that a model computes. So they are made for some
rows at a time, and turned into the gradient where they stand; nothing of them is kept.
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

from typing import Any

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
