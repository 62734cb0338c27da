import numpy as np
import pytest

from course_utils.gradient_check import GradientCheckError, gradient_check, numeric_gradient

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 2))
PARAMETERS = {"weights": RNG.normal(size=(3, 2)), "bias": RNG.normal(size=2)}


def loss(weights, bias):
    return 0.5 * np.mean(np.sum((X @ weights + bias - Y) ** 2, axis=1))


def gradient(weights, bias):
    delta = (X @ weights + bias - Y) / len(X)
    return X.T @ delta, delta.sum(axis=0)


def test_a_right_gradient_passes():
    report = gradient_check(loss, gradient, PARAMETERS)
    assert report.passed
    assert report.max_error < 1e-7
    assert [(p.name, p.n_checked) for p in report.parameters] == [("weights", 6), ("bias", 2)]
    assert "agree" in str(report)


@pytest.mark.parametrize("form", [tuple, list, lambda g: {"bias": g[1], "weights": g[0]}])
def test_every_way_to_return_a_gradient(form):
    assert gradient_check(loss, lambda *p: form(gradient(*p)), PARAMETERS).passed


def test_parameters_may_be_a_sequence_or_one_array():
    assert gradient_check(loss, gradient, list(PARAMETERS.values())).passed
    assert gradient_check(lambda w: np.sum(w**3), lambda w: 3 * w**2, np.array([1.0, -2.0])).passed
    assert gradient_check(lambda w: w**3, lambda w: 3 * w**2, 1.5).passed


def test_the_wrong_entry_is_found_with_both_values():
    def slip(weights, bias):
        grad_w, grad_b = gradient(weights, bias)
        grad_w[2, 1] *= -1
        return grad_w, grad_b

    report = gradient_check(loss, slip, PARAMETERS)
    weights, bias = report.parameters
    assert not report.passed
    assert not weights.passed
    assert bias.passed
    assert weights.index == (2, 1)
    assert weights.analytic == pytest.approx(-weights.numeric, rel=1e-6)
    assert weights.error == pytest.approx(1, rel=1e-6)
    assert "differ for weights" in str(report)
    assert "<table>" in report._repr_html_()
    assert "✗" in report._repr_html_()


def test_a_missing_factor_is_found():
    wrong = gradient_check(loss, lambda *p: [2 * g for g in gradient(*p)], PARAMETERS)
    assert wrong.max_error == pytest.approx(1 / 3, rel=1e-5)
    assert not wrong.passed


def test_a_gradient_of_zero_passes_in_spite_of_rounding():
    assert gradient_check(lambda w: 1.0 + 0.1 * np.sum(w - w), lambda w: 0 * w, np.ones(4) / 3).passed


def test_probes_limit_the_work_and_repeat():
    big = RNG.normal(size=(30, 40))
    calls = []

    def square(w):
        calls.append(1)
        return np.sum(w**2)

    report = gradient_check(square, lambda w: 2 * w, big, n_probes=5)
    assert report.parameters[0].n_checked == 5
    assert len(calls) == 11
    assert report == gradient_check(square, lambda w: 2 * w, big, n_probes=5)


def test_inputs_do_not_change_even_when_the_functions_do_it():
    def careless(weights, bias):
        result = loss(weights, bias)
        weights *= 0
        return result

    before = {name: value.copy() for name, value in PARAMETERS.items()}
    assert gradient_check(careless, gradient, PARAMETERS).passed
    for name, value in before.items():
        np.testing.assert_array_equal(PARAMETERS[name], value)


def test_float32_parameters_are_measured_in_float64():
    assert gradient_check(lambda w: np.sum(w**2), lambda w: 2 * w, np.ones(3, dtype=np.float32) / 3).passed


def test_numeric_gradient():
    w = RNG.normal(size=(2, 3))
    np.testing.assert_allclose(numeric_gradient(lambda a: np.sum(a**3), w), 3 * w**2, rtol=1e-6)


@pytest.mark.parametrize(
    ("function", "slope", "parameters", "message"),
    [
        (loss, lambda w, b: (gradient(w, b)[0].T, gradient(w, b)[1]), PARAMETERS, r"weights must have its shape"),
        (loss, lambda w, b: gradient(w, b)[:1], PARAMETERS, r"must return 2 arrays"),
        (loss, lambda w, b: {"weights": w}, PARAMETERS, r"no entry called 'bias'"),
        (loss, lambda w, b: None, PARAMETERS, r"must return 2 arrays"),
        (loss, lambda w, b: (w * np.nan, b), PARAMETERS, r"weights contains NaN"),
        (lambda w: w**2, lambda w: 2 * w, np.ones(3), r"returned an array of shape \(3,\)"),
        (lambda w: None, lambda w: 2 * w, np.ones(3), r"returned (nan|a NoneType)"),
        (lambda w: np.nan, lambda w: 2 * w, np.ones(3), r"returned nan"),
        (lambda w: 1.0, lambda w: 2 * w, np.arange(3), r"must hold floats, and it holds int64"),
        (lambda w: 1.0, lambda w: w, np.array([1.0, np.inf]), r"contains NaN or infinity"),
        (lambda w: 1.0, lambda w: w, np.ones(0), r"is empty"),
        (lambda: 1.0, lambda: (), {}, r"no parameter"),
    ],
)
def test_what_is_in_the_way_is_said_in_one_sentence(function, slope, parameters, message):
    with pytest.raises(GradientCheckError, match=message) as caught:
        gradient_check(function, slope, parameters)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("step", [0.0, -1e-6, np.nan])
def test_step_must_be_positive(step):
    with pytest.raises(GradientCheckError, match="step"):
        gradient_check(loss, gradient, PARAMETERS, step=step)
