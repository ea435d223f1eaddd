"""A registry finds its members in a folder and in other packages, and says what is wrong."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from cellcolony.errors import ConfigError
from cellcolony.registry import Registry

MEMBER = "from {package} import MEMBERS\nMEMBERS.register({name!r})({value!r})\n"


class Place:
    """A folder on `sys.path` for packages and for what says that they are installed."""

    def __init__(self, path: Path, package: str) -> None:
        self.path = path
        self.package = package
        folder = path / package
        folder.mkdir()
        (folder / "__init__.py").write_text(
            "from cellcolony.registry import Registry\n"
            f"MEMBERS = Registry('thing', '{package}.library', 'things.of.{package}')\n"
        )
        (folder / "library").mkdir()
        (folder / "library" / "__init__.py").write_text("")

    def member(self, name: str, value: str = "ours", file: str = "") -> None:
        text = MEMBER.format(package=self.package, name=name, value=value)
        (self.path / self.package / "library" / f"{file or name}.py").write_text(text)

    def install(self, project: str, points: dict[str, str], **modules: str) -> None:
        """Make an installed package of version 1.5 with entry points and modules."""
        info = self.path / f"{project}-1.5.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project}\nVersion: 1.5\n")
        lines = [f"[things.of.{self.package}]", *(f"{k} = {v}" for k, v in points.items())]
        (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        for module, text in modules.items():
            (self.path / f"{module}.py").write_text(text.format(package=self.package))

    @property
    def registry(self) -> Registry[str]:
        importlib.invalidate_caches()
        return importlib.import_module(self.package).MEMBERS


@pytest.fixture
def place(tmp_path, monkeypatch, request):
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield Place(tmp_path, "pkg_" + str(abs(hash(request.node.name))))
    for name in set(sys.modules) - before:
        del sys.modules[name]


THEIRS = "from {package} import MEMBERS\nMEMBERS.register('theirs')('of theirs')\n"


def test_a_file_of_the_folder_is_a_member(place):
    place.member("one")
    place.member("two", file="second")
    assert place.registry.names() == place.registry.own_names() == ("one", "two")
    assert place.registry["two"] == "ours"
    assert place.registry.origin("one") is None


def test_a_name_that_has_a_file_loads_that_file_alone(place):
    place.member("one")
    (place.path / place.package / "library" / "broken.py").write_text("1 / 0\n")
    assert place.registry["one"] == "ours"
    with pytest.raises(ZeroDivisionError):
        place.registry.names()


def test_another_package_brings_a_member_and_is_loaded_only_when_it_is_asked_for(place):
    place.member("one")
    place.install("their-things", {"theirs": "their_module"}, their_module=THEIRS)
    registry = place.registry
    assert registry.names() == ("one", "theirs")
    assert "theirs" in registry
    assert registry.origin("theirs") == ("their-things", "1.5")
    assert "their_module" not in sys.modules
    assert registry["theirs"] == "of theirs"
    assert registry.origin("theirs") == ("their-things", "1.5")
    assert registry.own_names() == ("one",)


def test_an_entry_point_may_name_the_member_itself(place):
    place.install("their-things", {"theirs": "their_module:IT"}, their_module="IT = 'it'\n")
    assert place.registry["theirs"] == "it"
    assert place.registry.origin("theirs") == ("their-things", "1.5")


def test_an_unknown_name_is_answered_with_the_nearest_one_of_any_package(place):
    place.install("their-things", {"theirs": "their_module"}, their_module=THEIRS)
    with pytest.raises(ConfigError, match=r"There is no thing 'their'. Did you mean 'theirs'\?"):
        place.registry["their"]
    with pytest.raises(ConfigError, match="There is no thing"):
        place.registry.origin("their")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1 / 0\n", "ZeroDivisionError: division by zero"),
        ("import no_such_module\n", "No module named 'no_such_module'"),
        (THEIRS.replace("theirs", "one"), "The thing 'one' is registered twice"),
    ],
)
def test_a_package_that_cannot_be_loaded_is_named_with_the_reason(place, text, reason):
    place.member("one")
    place.install("their-things", {"theirs": "their_module"}, their_module=text)
    with pytest.raises(
        ConfigError, match=f"'theirs' is brought by the package their-things 1.5.*{reason}"
    ):
        place.registry["theirs"]
    assert place.registry["one"] == "ours"


def test_a_module_that_registers_nothing_is_named(place):
    place.install("their-things", {"theirs": "their_module"}, their_module="")
    with pytest.raises(ConfigError, match="module their_module registers no such name"):
        place.registry["theirs"]


def test_a_name_that_two_packages_bring_is_refused_and_names_both(place):
    place.install("their-things", {"theirs": "their_module"}, their_module=THEIRS)
    place.install("other-things", {"theirs": "other_module"}, other_module=THEIRS)
    with pytest.raises(ConfigError, match=r"(their|other)-things 1.5 and by (their|other)-things"):
        place.registry["theirs"]


def test_a_member_of_the_folder_is_not_replaced_by_another_package(place):
    place.member("one")
    place.install("their-things", {"one": "their_module"}, their_module="1 / 0\n")
    assert place.registry["one"] == "ours"
    assert place.registry.names() == ("one",)
    assert place.registry.origin("one") is None


def test_a_registry_of_a_folder_alone_needs_no_group(place):
    place.member("one")
    registry: Registry[str] = Registry("thing", f"{place.package}.library")
    assert registry.names() == ()  # its files register elsewhere
    with pytest.raises(ConfigError, match="There is no thing 'one'"):
        registry["one"]
