"""The softmax's cross-entropy, against torch's own."""

import pytest

torch = pytest.importorskip("torch")

from cellcolony.layers import softmax  # noqa: E402

ROWS, UNITS, WORDS = 13, 5, 17


def arguments(dtype=torch.float64):
    torch.manual_seed(0)
    hidden, weights, bias = (
        (3 * torch.randn(shape, dtype=dtype)).requires_grad_()
        for shape in ((ROWS, UNITS), (WORDS, UNITS), (WORDS,))
    )
    return hidden, weights, bias, torch.randint(0, WORDS, (ROWS,))


def reference(hidden, weights, bias, targets):
    scores = hidden @ weights.T + bias
    return torch.nn.functional.cross_entropy(scores, targets, reduction="sum")


@pytest.mark.parametrize("n_at_once", [1, 3 * WORDS, 5 * WORDS + 1, ROWS * WORDS, 1 << 20])
def test_value_and_gradients_are_those_of_torch_however_many_rows_at_a_time(monkeypatch, n_at_once):
    monkeypatch.setattr(softmax, "NUMBERS_AT_ONCE", n_at_once)
    found = []
    for loss_of in (softmax.cross_entropy, reference):
        given = arguments()
        loss = loss_of(*given)
        (loss / 20).backward()
        found.append([loss.detach(), *(one.grad for one in given[:3])])
    for ours, theirs in zip(*found, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-12, atol=1e-12)


def test_large_scores_do_not_overflow():
    hidden, weights, bias, targets = arguments(torch.float32)
    loss = softmax.cross_entropy(hidden * 1e4, weights, bias, targets)
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(weights.grad).all()


def test_the_inputs_are_left_as_they_are_and_no_gradient_is_made_where_none_is_wanted():
    given = arguments()
    before = [one.detach().clone() for one in given]
    with torch.no_grad():
        loss = softmax.cross_entropy(*given)
    assert not loss.requires_grad
    assert loss.item() == pytest.approx(reference(*given).item(), rel=1e-12)
    assert all(torch.equal(*pair) for pair in zip(given, before, strict=True))


def test_tied_weights_may_stand_in_both_places():
    torch.manual_seed(1)
    matrix = torch.randn(WORDS, UNITS, dtype=torch.float64, requires_grad=True)
    words, targets = torch.randint(0, WORDS, (2, ROWS))
    bias = torch.zeros(WORDS, dtype=torch.float64)
    gradients = []
    for loss_of in (softmax.cross_entropy, reference):
        matrix.grad = None
        loss_of(matrix[words].tanh(), matrix, bias, targets).backward()
        gradients.append(matrix.grad)
    torch.testing.assert_close(*gradients)
