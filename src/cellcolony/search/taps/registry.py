"""The guides by name; each is a `guide.GuideKind`."""

from typing import Any

from cellcolony.registry import Registry

GUIDES: Registry[Any] = Registry("guide", "cellcolony.search.taps.guides")
