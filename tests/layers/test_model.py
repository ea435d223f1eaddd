"""Language models: sizes, gradients, dropout, settings."""

# pyright: reportOptionalMemberAccess=false, reportOptionalSubscript=false
# pyright: reportOptionalIterable=false, reportOptionalOperand=false, reportOperatorIssue=false
# pyright: reportArgumentType=false, reportCallIssue=false, reportMissingImports=false
# What may be None is not where a test reads it, or the test fails.

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError
from cellcolony.layers.architecture import Architecture, ModelSettings
from cellcolony.layers.dropout import Dropout, draw_masks
from cellcolony.layers.layer import Group, Layer, layer_of
from cellcolony.layers.layer_json import read_cell
from tests.layers.language import N_WORDS, mixed, model_of, tiny

torch = pytest.importorskip("torch")

ALL = Dropout(0.4, 0.3, 0.2)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("layers", [(4,), (4, 6), (6, 4, 4)])
@pytest.mark.parametrize("embedding", [None, 3, 4, 9])
def test_the_number_of_weights_is_that_of_the_modules_parameters(tied, layers, embedding):
    made = tuple(Layer((Group(cells.get("gru"), 2), *mixed(n - 3, 1).groups)) for n in layers)
    architecture = Architecture(N_WORDS, made, tied, embedding=embedding)
    model = model_of(architecture)
    assert architecture.n_weights == sum(one.numel() for one in model.parameters())
    first = embedding or (layers[-1] if tied else layers[0])
    assert architecture.widths == (first, *layers)
    assert (model.projection is not None) == (tied and first != layers[-1])
    hidden, state = model(torch.zeros((3, 2), dtype=torch.int64), model.zeros(2))
    assert hidden.shape == (3, 2, first if tied else layers[-1])
    assert len(state) == len(layers)
    assert model.log_probabilities(hidden).shape == (3, 2, N_WORDS)


def test_an_lstm_of_zarembas_sizes_has_its_number_of_weights():
    # 2 matrices of 10,000 x 200, a bias of each word, and two layers of 4 x 200 x (200 + 200 + 1).
    model = ModelSettings().of(cells.get("lstm"), 10_000)
    assert model.n_weights == 2 * 10_000 * 200 + 10_000 + 2 * 4 * 200 * 401


def test_a_model_of_merity_sizes_has_its_number_of_weights():
    # The tied matrix, a bias of each word, the projection, and layers of 4 x 1150 x (in + out + 1).
    settings = ModelSettings(hidden=1150, layers=3, tied=True, embedding=400)
    model = settings.of(cells.get("lstm"), 10_000)
    wanted = 10_000 * 400 + 10_000 + 400 * 1150 + 4 * 1150 * (1551 + 2 * 2301)
    assert model.n_weights == wanted


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("dropout", [Dropout(), ALL])
@pytest.mark.parametrize(
    ("embedding", "skips"), [(None, ()), (3, ()), (None, ((0, 2), (0, 3), (1, 3)))]
)
def test_the_gradient_is_that_of_finite_differences(tied, dropout, embedding, skips):
    architecture = replace(tiny(tied, dropout, embedding=embedding), skips=skips)
    model = model_of(architecture).double()
    rng = np.random.default_rng(3)
    words, targets = (torch.from_numpy(rng.integers(0, N_WORDS, (5, 2))) for _ in range(2))
    masks = draw_masks(dropout, architecture.widths, N_WORDS, 2, rng)

    def loss():
        hidden, _ = model(words, model.zeros(2), masks)
        return model.loss(hidden, targets)

    loss().backward()
    for name, parameter in model.named_parameters():
        flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)
        for i in rng.choice(len(flat), min(12, len(flat)), replace=False):
            kept, values = flat[i].item(), []
            for step in (1e-5, -1e-5):
                flat[i] = kept + step
                with torch.no_grad():
                    values.append(loss().item())
            flat[i] = kept
            difference = (values[0] - values[1]) / 2e-5
            assert gradient[i].item() == pytest.approx(difference, rel=1e-5, abs=1e-7), name


@pytest.mark.parametrize("tied", [False, True])
def test_an_embedding_of_its_own_size_computes_and_learns_as_in_torch(tied):
    model = model_of(tiny(tied, embedding=3)).double()
    rng = np.random.default_rng(3)
    words, targets = (torch.from_numpy(rng.integers(0, N_WORDS, (5, 2))) for _ in range(2))
    hidden, _ = model(words, model.zeros(2))
    model.loss(hidden, targets).backward()
    ours = {name: one.grad.clone() for name, one in model.named_parameters()}
    model.zero_grad()
    y = torch.nn.functional.embedding(words, model.embedding)
    for layer in model.layers:
        y, _ = layer(y)
    if tied:
        y = torch.nn.functional.linear(y, model.projection)
    scores = torch.nn.functional.linear(y, model.embedding if tied else model.softmax, model.bias)
    loss = torch.nn.functional.cross_entropy(
        scores.flatten(0, 1), targets.flatten(), reduction="sum"
    )
    loss.backward()
    for name, one in model.named_parameters():
        torch.testing.assert_close(ours[name], one.grad)


@pytest.mark.parametrize("more", [{}, {"cutoffs": (2,)}, {"cutoffs": (1, 3), "tied": True}])
def test_probabilities_agree_with_the_loss_and_sum_to_1(more):
    model = model_of(tiny(**more)).double()
    words = torch.tensor([[1], [2], [3]])
    hidden, _ = model(words[:-1], model.zeros(1))
    log_p = model.log_probabilities(hidden)
    torch.testing.assert_close(log_p.exp().sum(-1), torch.ones(2, 1, dtype=torch.float64))
    wanted = -(log_p[0, 0, 2] + log_p[1, 0, 3])
    torch.testing.assert_close(model.loss(hidden, words[1:]), wanted)


@pytest.mark.parametrize("tied", [False, True])
def test_a_softmax_in_two_steps_is_counted_and_kept_and_leaves_other_first_weights_alone(tied):
    plain, made = tiny(tied), tiny(tied, cutoffs=(1, 3))
    assert Architecture.from_dict(json.loads(json.dumps(made.to_dict()))) == made
    assert "cutoffs" not in plain.to_dict()
    model = model_of(made)
    assert sum(one.numel() for one in model.parameters()) == made.n_weights > plain.n_weights
    for name, one in model_of(plain).named_parameters():
        assert torch.equal(one, model.get_parameter(name))


def test_cutoffs_end_below_the_vocabulary_or_are_left_out():
    with pytest.raises(ConfigError, match=f"below the {N_WORDS} words there are"):
        tiny(cutoffs=(1, N_WORDS))
    settings = ModelSettings(4, 1, cutoffs=(2, N_WORDS - 1, N_WORDS))
    assert settings.of(cells.get("gru"), N_WORDS).cutoffs == (2, N_WORDS - 1)
    with pytest.raises(ConfigError, match="cannot be read"):
        Architecture.from_dict({**tiny().to_dict(), "cutoffs": ["2"]})


def test_tied_models_have_one_matrix():
    model = model_of(tiny(tied=True))
    assert model.softmax is None
    assert model.output_weights is model.embedding
    assert model_of(tiny()).output_weights is not model_of(tiny()).embedding


def test_first_weights_stay_within_the_bound_and_hang_on_the_stream_alone():
    one, again, other = model_of(tiny(), 1), model_of(tiny(), 1), model_of(tiny(), 2)
    for name, parameter in one.named_parameters():
        assert torch.equal(parameter, dict(again.named_parameters())[name])
        assert parameter.abs().max() <= 1.0  # biases of cells may have a first value of their own
    assert one.embedding.abs().max() <= 0.5
    assert not torch.equal(one.embedding, other.embedding)


def test_masks_are_0_or_the_inverse_of_what_is_kept_and_change_from_window_to_window():
    rng = np.random.default_rng(0)
    first, second = (draw_masks(ALL, (40, 50, 60), 70, 8, rng) for _ in range(2))
    assert [one.shape for one in first.forward] == [(8, 40), (8, 50), (8, 60)]
    assert [one.shape for one in first.recurrent] == [(8, 50), (8, 60)]
    assert first.words.shape == (70,)
    shares = ((first.forward, 0.4), (first.recurrent, 0.3), ([first.words], 0.2))
    for masks, share in shares:
        for mask in masks:
            assert mask.dtype == np.float32
            np.testing.assert_allclose(np.unique(mask), [0, 1 / (1 - share)], rtol=1e-6)
            assert abs((mask == 0).mean() - share) < 0.15
    assert not np.array_equal(first.forward[0], second.forward[0])


def test_where_nothing_is_dropped_there_is_no_mask():
    masks = draw_masks(Dropout(), (4, 4), 7, 2, np.random.default_rng(0))
    assert masks.forward is masks.recurrent is masks.words is None


def test_a_mask_is_the_same_in_all_steps_of_a_window():
    layer = layer_of(cells.get("lstm"), 8)
    architecture = tiny(dropout=Dropout(forward=0.5), n_layers=1, layer=layer)
    model = model_of(architecture)
    masks = draw_masks(architecture.dropout, architecture.widths, N_WORDS, 2,
                       np.random.default_rng(0))  # fmt: skip
    hidden, _ = model(torch.ones((20, 2), dtype=torch.int64), model.zeros(2), masks)
    dropped = torch.from_numpy(masks.forward[-1]) == 0
    assert dropped.any()
    assert torch.equal(hidden == 0, dropped.expand_as(hidden))


def test_a_dropped_word_is_dropped_wherever_it_stands():
    model = model_of(tiny())
    masks = draw_masks(Dropout(embedding=0.5), (4, 4, 4), N_WORDS, 1, np.random.default_rng(0))
    dropped = int(np.flatnonzero(masks.words == 0)[0])
    words = torch.tensor([[dropped], [dropped], [0]])
    before, _ = model(words, model.zeros(1), masks)
    with torch.no_grad():
        model.embedding[dropped] += 1.0
    after, _ = model(words, model.zeros(1), masks)
    assert torch.equal(before, after)


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("embedding", [None, 3])
def test_an_architecture_survives_json(tied, embedding):
    one = tiny(tied, ALL, embedding=embedding)
    assert ("embedding" in one.to_dict()) == (embedding is not None)
    again = Architecture.from_dict(json.loads(json.dumps(one.to_dict())))
    assert again == one
    assert Architecture.from_dict(tiny().to_dict()).dropout == Dropout()


def damaged(**changes):
    return {**tiny().to_dict(), **changes}


@pytest.mark.parametrize(
    "data",
    [
        {}, [], None, "x", damaged(n_words=1), damaged(n_words=1.5), damaged(n_words=True),
        damaged(n_words=10**40), damaged(layers=[]), damaged(layers=[[]]), damaged(layers="ab"),
        damaged(layers=[[{"n_units": 0, "cell": cells.get("lstm").to_dict()}]]),
        damaged(layers=[[{"n_units": 10**6, "cell": cells.get("lstm").to_dict()}]]),
        damaged(layers=[[{"n_units": 1, "cell": {}}]]), damaged(dropout={"forward": 1.0}),
        damaged(dropout={"sideways": 0.1}), damaged(dropout=None), damaged(bound=-1),
        damaged(bound="wide"), damaged(bound=float("inf")),
        damaged(layers=damaged()["layers"] * 100), damaged(embedding=0), damaged(embedding=10**6),
        damaged(embedding=2.5), damaged(embedding=None),
    ],
)  # fmt: skip
def test_an_architecture_that_cannot_be_is_refused(data):
    with pytest.raises(ConfigError):
        Architecture.from_dict(data)


@pytest.mark.parametrize("data", [{}, [], None, 3, {"name": "x"}])
def test_what_is_no_cell_is_refused(data):
    with pytest.raises(ConfigError, match="the cell cannot be read"):
        read_cell(data)


@pytest.mark.parametrize("name", ["forward", "recurrent", "embedding"])
@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan")])
def test_a_share_of_dropout_outside_of_0_to_1_is_refused(name, share):
    with pytest.raises(ConfigError, match=f"`{name}` must be a number in"):
        Dropout(**{name: share})


@pytest.mark.parametrize(
    "settings",
    [{"hidden": 0}, {"hidden": 2.5}, {"layers": 0}, {"layers": True}, {"layers": 101},
     {"dropout": 1.0}, {"bound": 0.0}, {"bound": float("nan")}, {"hidden": 100_001},
     {"embedding": 0}, {"embedding": 1.5}],
)  # fmt: skip
def test_settings_of_a_model_that_cannot_be_are_refused(settings):
    with pytest.raises(ConfigError):
        ModelSettings(**settings).of(cells.get("lstm"), 10)


def test_settings_take_a_cell_or_a_layer():
    settings = ModelSettings(hidden=4, layers=3, dropout=0.1, dropout_recurrent=0.2)
    assert settings.of(mixed(), 9).layers == (mixed(),) * 3
    made = settings.of(cells.get("gru"), 9)
    assert made.layers == (layer_of(cells.get("gru"), 4),) * 3
    assert made.dropout == Dropout(0.1, 0.2)
