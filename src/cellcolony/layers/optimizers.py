"""The optimizers of torch, without its compiler.

Torch imports its compiler as soon as there is an optimizer, to mark what the compiler cannot
follow: some 900 modules, which takes as long as torch itself. Nothing is compiled with it here.
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import inspect

import torch

MARKED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def _without_marks(kind: type) -> type:
    """Return an optimizer's class whose methods are those that torch has marked."""
    methods = {name: inspect.unwrap(getattr(kind, name)) for name in MARKED}
    step = torch.no_grad()(inspect.unwrap(kind.step))
    return type(kind.__name__, (kind,), {**methods, "step": step})


SGD, Adam = _without_marks(torch.optim.SGD), _without_marks(torch.optim.Adam)
