"""What language models need beside the core of the program."""

from __future__ import annotations

from importlib.util import find_spec

from cellcolony.errors import ConfigError

NEEDED = ("torch", "nltk")


def check_extra() -> None:
    """Check that what the extra `lm` brings is installed.

    Raises:
        ConfigError: It is not.
    """
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"Language models need {' and '.join(missing)}, not installed here: "
            "pip install 'cellcolony[lm]'."
        )
