"""What language models need beside the core of the program."""

from __future__ import annotations

from importlib.util import find_spec

from cellcolony.errors import ConfigError


def check_torch() -> None:
    """Check that torch is installed.

    Raises:
        ConfigError: It is not.
    """
    if find_spec("torch") is None:
        raise ConfigError(
            "Language models need torch, which is not installed: pip install 'cellcolony[lm]'."
        )
