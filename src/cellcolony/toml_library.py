"""Files of settings that come with the program, by name, and a user's own, by path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.store import foreign


@dataclass(frozen=True)
class TomlLibrary:
    """A folder of TOML files.

    Attributes:
        kind: What a file of it holds, in one word for errors: "preset".
        folder: Where they are.
    """

    kind: str
    folder: Path

    def names(self) -> tuple[str, ...]:
        """Return the names of the files that come with the program, sorted."""
        return tuple(sorted(path.stem for path in self.folder.glob("*.toml")))

    def path(self, name: str) -> Path:
        """Return the file that a name, or the path of a file, means.

        Raises:
            ConfigError: There is none; the message tells the nearest name.
        """
        names, path = self.names(), Path(name)
        if name in names:
            return self.folder / f"{name}.toml"
        if path.suffix != ".toml" and not path.is_file():
            raise ConfigError(
                f"There is no {self.kind} {name!r}.{did_you_mean(name, names)} "
                "The path of a .toml file of your own will do as well."
            )
        return path

    def values(self, name: str) -> tuple[dict[str, Any], str]:
        """Return what stands in a file, and the file's path to name it by in an error.

        Raises:
            ConfigError: There is none, it cannot be read, or it is no TOML.
        """
        path = self.path(name)
        text = read_text(path)
        try:
            return foreign.parse_toml(text), str(path)
        except ValueError as error:
            raise ConfigError(f"{path}: expected TOML: {error}.") from error


def read_text(path: Path, within: Path | None = None) -> str:
    """Return what stands in a file of settings.

    Args:
        path: The file.
        within: The folder that it must not lead out of by a link.

    Raises:
        ConfigError: It cannot be read, is too large, or leads out of the folder.
    """
    try:
        return foreign.read_regular(path, foreign.LARGEST_SETTINGS, within).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{path}: the file cannot be read: {reason}.") from error
