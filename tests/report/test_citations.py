"""What a study used is cited once each, and nothing else."""

import re

import pytest

from cellcolony.report.citations import Used, bibliography, entries_of, parts, references
from cellcolony.report.listing import REGISTRIES, names_of, source_of
from tests.report.results import forecast_result, node_result

YEAR = re.compile(r"(?:19|20)\d\d")


def test_every_source_of_ours_has_an_entry():
    for kind in REGISTRIES:
        for name in names_of(kind):
            source = source_of(kind, name)
            for entry in entries_of(Used(name, source)):
                assert not entry.startswith("@misc{" + name), (name, source)


def test_entries_are_whole():
    keys = [re.match(r"@\w+\{(\w+),", entry) for entry in references().values()]
    assert all(keys)
    for entry in references().values():
        assert entry.count("{") == entry.count("}")
        for field in ("title", "author", "year"):
            assert f"  {field} = {{" in entry


def test_a_forecast_cites_what_it_used_and_each_entry_once():
    found = bibliography(forecast_result(0.3, 0.4))
    assert found.startswith("@software{cellcolony,")
    keys = re.findall(r"^@\w+\{(\w+),", found, re.MULTILINE)
    assert len(keys) == len(set(keys))
    assert {"elsaid2020ant", "hyndman2006mase", "gibbs2021aci", "kingma2015adam"} <= set(keys)
    assert not {"rawal2018nodes", "caruana2004ensemble"} & set(keys)


def test_a_node_cites_its_method_and_the_cells_of_its_rivals():
    found = bibliography(node_result())
    assert "rawal2018nodes" in found
    assert "zaremba2014dropout" in found


@pytest.mark.parametrize(
    ("source", "entries"),
    [
        ("ours", 0),
        ("-", 0),
        ("Cho et al. 2014; Zhou et al. 2016", 2),
        ("Nobody & Else 2031, section 2 {of} 50 %", 1),
    ],
)
def test_a_source_is_found_by_its_names_or_quoted(source, entries):
    found = list(entries_of(Used("method other", source)))
    assert len(found) == entries
    if "Nobody" in source:
        assert found == [
            "@misc{method-other,\n  note = {Nobody & Else 2031, section 2 of 50 },\n}\n"
        ]


def test_parts_are_named_by_what_they_are():
    named = [one.what for one in parts(forecast_result(0.3, 0.4))]
    assert "method ants" in named
    assert "stage scores" in named
    assert "training by adam" in named
