"""A search for nodes is followed by its files alone, and so is what comes after it."""

import pytest
from cellcolony.runs.nodes.evolve import evolve_node
from cellcolony.runs.nodes.resume import resume_node
from cellcolony.runs.watching.following import Following
from cellcolony.runs.watching.tally import DoneLine

from cellcolony.errors import RunError
from cellcolony.runs.events import SearchEnded, SearchStarted, Stage, Told
from tests.runs.nodes.fakes import EVOLUTION, SETTINGS, make_bench


def of(kind, seen):
    return [one for one in seen if isinstance(one, kind)]


def test_each_stage_is_seen_from_outside(text, tmp_path):
    path, seen, at = tmp_path / "run", [], {}
    following = None

    def look(event):
        nonlocal following
        if following is None:
            following = Following(path)
        seen.extend(following.look())
        if isinstance(event, Told):
            at["told"] = following.is_scoring
        if isinstance(event, Stage) and "Rivals" in event.text:
            at["rivals"] = following.is_scoring, following.has_ended

    settings = {**SETTINGS, "order": "strict", "executor": "threads"}
    evolve_node(
        text, EVOLUTION, "20 networks", out=path, make_bench=make_bench(), on_event=look, **settings
    )
    assert following is not None
    seen.extend(following.look())
    started = of(SearchStarted, seen)[0]
    assert (started.kind, started.seed, started.workers) == ("tree", 1, 1)
    done = of(DoneLine, seen)
    assert len(done) == 20
    assert all(one.size > 0 for one in done[:1])
    assert at["rivals"] == (True, False)
    assert of(Stage, seen)[0].text.startswith("Random search, the rivals")
    assert of(SearchEnded, seen)[-1].reason == "20 networks were done"
    assert following.has_ended

    seen.clear()  # it goes on, with a larger budget
    watched = following
    resume_node(path, "30 networks", task=text, executor="threads", make_bench=make_bench(),
                on_event=lambda event: seen.extend(watched.look()))  # fmt: skip
    seen.extend(following.look())
    assert len(of(DoneLine, seen)) == 10
    assert of(SearchEnded, seen)[-1].reason == "30 networks were done"


def test_what_is_no_search_cannot_be_watched(tmp_path):
    (tmp_path / "config.toml").write_text('kind = "language model"\n')
    with pytest.raises(RunError, match="holds a language model, and no search"):
        Following(tmp_path)
