"""The lines of the journal that say what the stages after a search have done."""

from dataclasses import replace

import pytest

from cellcolony import cells
from cellcolony.errors import RunError
from cellcolony.layers.recipe import Recipe
from cellcolony.runs.items import digest_of
from cellcolony.runs.journal import evaluation_of
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.cells import CellsStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.search.model.trials import trials_of
from cellcolony.settings import plain
from tests.runs import settings
from tests.runs.fakes import faked
from tests.runs.runs import scores
from tests.runs.settings import FINAL, SEARCH

N = 12
STAGES = (
    SEARCH, CellsStage(cells=("lstm", "gru"), tuned=("lstm",)), FinalsStage(training=FINAL),
    FinalScoresStage(),
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("no_training")


@pytest.fixture(scope="module")
def whole(tmp_path_factory, text):
    with faked(broken="gru"):
        path = tmp_path_factory.mktemp("items") / "run"
        return settings.nodes(text, STAGES).run(f"{N} networks", out=path, executor="threads")


@pytest.fixture
def lines(whole):
    return (whole.path / "journal.jsonl").read_bytes().splitlines(keepends=True)


def place_of(lines, stage, n):
    """Return the place of the n-th item of a stage."""
    start = f'"item", "stage": "{stage}"'.encode()
    return [at for at, line in enumerate(lines) if start in line][n]


@pytest.fixture
def run(whole, tmp_path):
    """A directory as of a study that was killed, but for its journal."""
    import shutil

    run = shutil.copytree(whole.path, tmp_path / "run")
    (run / "result.toml").unlink()
    return run


def test_what_was_written_is_read(whole):
    items = whole.history.items
    assert set(items) == {"cells", "finals", "test", "final-scores"}
    verdicts = [evaluation_of(one) for one in items["cells"].values()]
    assert len(verdicts) == N + 1
    assert verdicts[0].loss == 5.0
    assert any(one.failure == "its loss was nan in epoch 1" for one in verdicts)
    assert all(one.seconds == 0.01 for one in verdicts if one.failure is None)
    failed = [one["failure"] for one in items["finals"].values() if "failure" in one]
    assert failed == ["its loss was nan in epoch 2"]
    assert len(items["finals"]) == len(items["final-scores"]) + 1 == 4


def test_a_training_with_a_recipe_has_a_key_that_tells_all_of_it(whole):
    for one in trials_of("lstm", N, whole.config.seed):
        genome = one.genome
        digest = digest_of(cells.get("lstm").to_dict(), genome.recipe.to_dict())
        assert f"lstm {genome.trial} {digest}" in whole.history.items["cells"]


def test_a_key_tells_recipes_and_cells_apart():
    lstm = cells.get("lstm").to_dict()
    digests = [
        digest_of(lstm, plain(Recipe())), digest_of(lstm, plain(Recipe(learning_rate=0.5))),
        digest_of(lstm, plain(Recipe(clip=0.5))), digest_of(cells.get("gru").to_dict(), {}),
    ]  # fmt: skip
    assert len(set(digests)) == len(digests)
    assert digest_of(dict(reversed(lstm.items())), plain(Recipe())) == digests[0]
    assert replace(cells.get("lstm"), name="other").to_dict() != lstm


@pytest.mark.parametrize("stage", ["cells", "finals", "final-scores"])
def test_an_item_torn_at_any_byte_is_left_out_and_done_again(run, lines, whole, stage):
    journal, at = run / "journal.jsonl", place_of(lines, stage, 1)
    before, torn = lines[:at], lines[at]

    def keys(content):
        journal.write_bytes(content)
        return {name: set(found) for name, found in open_run(run).history.items.items()}

    without = keys(b"".join(before))
    for end in range(0, len(torn), 3):
        assert keys(b"".join(before) + torn[:end]) == without, f"torn after {end} bytes"
    assert len(keys(b"".join([*before, torn]))[stage]) == len(without[stage]) + 1
    journal.write_bytes(b"".join(before) + torn[:-1])
    with faked(broken="gru"):
        assert scores(resume(run, executor="threads")) == scores(whole)
    again = journal.read_bytes()
    assert again.startswith(b"".join(before))
    assert again.count(b'"event": "item"') == b"".join(lines).count(b'"event": "item"')


def test_a_broken_line_before_the_last_is_named(run, lines):
    at = place_of(lines, "finals", 0)
    lines[at] = b"{oops}\n"
    (run / "journal.jsonl").write_bytes(b"".join(lines))
    for read in (open_run, resume):
        with pytest.raises(RunError, match=r"journal\.jsonl, line \d+.*oops"):
            read(run)
