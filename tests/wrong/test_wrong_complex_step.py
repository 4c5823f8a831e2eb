"""Crippled copies of the complex step and of its probes: each passes something that the right one does not."""

from typing import Any

import numpy as np
import pytest

import chainrule as cr
from chainrule.engine.numbers import complexes
from chainrule.engine.numbers.complexes import Complex
from chainrule.engine.registry import OPS
from chainrule.engine.verify.probe import Floats, Probes, Source
from chainrule.engine.verify.tangents import complex_step as module
from chainrule.engine.verify.tangents import equalised, passes
from chainrule.engine.verify.tangents.equalised import Steps
from chainrule.schema import Graph

from ..engine.graphs import random_graph
from ..engine.verify.stepping import claiming, document, names, probes, scaled, stepped, words
from ..engine.verify.tangents.test_complex_step import seen_in_mixed_scale


class Fixed:
    """The same probes for every document."""

    def __init__(self) -> None:
        self.drawn = Probes("sha256:", "sha256:", "sha256:")

    def weights(self, k: int, count: int) -> Floats:
        return self.drawn.weights(k, count)


class Ones:
    """No randomness at all."""

    def weights(self, k: int, count: int) -> Floats:
        return np.ones(count)


class Positive:
    """Random sizes, one sign."""

    def weights(self, k: int, count: int) -> Floats:
        return np.abs(probes().weights(k, count))


# --- probes ----------------------------------------------------------------------------------------------------------


def forged_for(source: Source) -> Graph:
    """A claim (1.5, b) for the gradient (1, 1) that the first probe of this source does not tell from it."""
    graph = scaled([1.0, 1.0])
    # Canonical order: the constant's two entries, then those of x.
    first, second = source.weights(0, 6)[2:4].tolist()
    share = -(first / second) / 3
    return claiming(graph, x=[1.5, 1 + share / (1 - share)])


def test_a_claim_forged_for_fixed_probes_passes_them_and_no_others() -> None:
    forged = forged_for(Fixed())
    assert stepped(forged, Fixed(), count=1).agrees
    for k in range(20):
        assert names(forged, probes(f"document {k}"), count=1) == [("x", 0), ("x", 1)]


def test_errors_that_compensate_pass_probes_of_ones_and_no_others() -> None:
    graph = document("f = log(exp(x) + exp(y))", x=0.3, y=-1.2)
    grads = {row["id"]: row["grad"] for row in graph.nodes if row["id"] in "xy"}
    forged = claiming(graph, x=grads["x"] * 1.25, y=grads["y"] / 1.2)
    assert stepped(forged, Ones()).agrees
    assert {name for name, _ in names(forged)} == {"x", "y"}


def has_both_signs(source: Source) -> bool:
    """The property of a probe that the suite asks for."""
    return 0.4 < float(np.mean(source.weights(0, 1000) > 0)) < 0.6


def test_probes_of_one_sign_are_told_from_fair_ones() -> None:
    assert has_both_signs(probes())
    assert not has_both_signs(Positive())
    assert not has_both_signs(Ones())


def test_unweighted_probes_do_not_see_small_entries_beside_large_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(seen_in_mixed_scale(seed) for seed in range(40))

    def unweighted(session: Any) -> Floats:
        return np.ones(session.total)

    monkeypatch.setattr(module._Session, "_equal", unweighted)
    assert sum(seen_in_mixed_scale(seed) for seed in range(40)) < 25


# --- steps and kernels -----------------------------------------------------------------------------------------------


def tiny() -> Graph:
    return document("f = sin(x)*c", x=0.5, c=1e-250)


def absolute_step(point: Any, chosen: Any, grads: Floats, xi: Floats, *, smaller: int = 0) -> Steps:
    """h = 1e-200, whatever the size of the value."""
    return Steps(np.where(chosen, xi * 2.0**-664, 0.0), -664)


def test_an_absolute_step_cannot_speak_for_tiny_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(words(tiny()).values()) == {"for"}
    monkeypatch.setattr(module, "steps", absolute_step)
    assert words(tiny())["x"] != "for"


def test_without_the_underflow_watch_an_absolute_step_takes_0_for_the_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = claiming(tiny(), x=0)
    assert names(wrong) == [("x", 0)]
    monkeypatch.setattr(module, "steps", absolute_step)
    assert words(wrong)["x"] != "for"
    monkeypatch.setattr(complexes, "LOST", 0.0)
    assert words(wrong)["x"] == "for"


def test_numpys_absolute_value_speaks_against_right_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = document("f = abs(x)*y", x=-0.7, y=2)
    assert set(words(graph).values()) == {"for"}

    def modulus(number: Complex) -> Complex:
        return Complex(np.abs(number.z))

    monkeypatch.setattr(Complex, "__abs__", modulus)
    assert words(graph)["x"] == "against"


def test_a_lexicographic_maximum_lets_the_imaginary_part_pick_the_branch(monkeypatch: pytest.MonkeyPatch) -> None:
    def lexicographic(system: Any, a: Complex, b: Complex) -> Complex:
        return a if (float(a.real), float(a.imag)) > (float(b.real), float(b.imag)) else b

    up, down = Complex(2 + 1e-30j), Complex(2 - 1e-30j)
    right = complexes.Complexes().maximum(down, up)
    assert right is not up
    monkeypatch.setattr(complexes.Complexes, "maximum", lexicographic)
    assert complexes.Complexes().maximum(down, up) is up


@pytest.mark.parametrize("name", ["sin", "mul", "sigmoid", "div"])
def test_a_wrong_forward_kernel_speaks_against_right_gradients(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operands = ["x", "y"][: len(OPS[name].operands)]
    graph = document(f"f = {name}({', '.join(operands)})*z", z=3, **dict(zip(operands, (0.7, 1.9), strict=False)))
    right = OPS[name].forward

    def wrong(xp: Any, *numbers: Any) -> Any:
        out = right(xp, *numbers)
        return Complex.of(out.real, 1.001 * out.imag) if isinstance(out, Complex) else out

    assert set(words(graph).values()) == {"for"}
    monkeypatch.setattr(OPS[name], "forward", wrong)
    assert words(graph)["x"] == "against"


# --- the bar ---------------------------------------------------------------------------------------------------------


def test_without_a_bar_right_gradients_are_spoken_against(monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = [cr.annotate(random_graph(seed, 60)) for seed in range(20)]
    monkeypatch.setattr(module, "REALISATIONS", 0)
    assert not all(stepped(graph).agrees for graph in graphs)


def test_a_bar_without_its_recursion_is_crossed_in_low_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    graphs = [random_graph(seed, 40) for seed in range(20)]
    narrow = [cr.annotate(Graph.build(nodes=g.nodes, outputs=list(g.outputs), dtype="float32")) for g in graphs]
    assert all(stepped(graph).agrees for graph in narrow)
    real = passes.run

    def without_errors(*args: Any, **kwargs: Any) -> Any:
        found = real(*args, **kwargs)
        return passes.Tangents(found.imag, 0 * found.error, found.wires, found.errors)

    monkeypatch.setattr(module, "run", without_errors)
    assert not all(stepped(graph).agrees for graph in narrow)


def test_steps_that_are_not_infinitesimal_speak_against_right_gradients(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = document("f = exp(3*x)*sin(y)", x=0.7, y=1.3)
    assert set(words(graph).values()) == {"for"}
    monkeypatch.setattr(equalised, "CAP", -12)
    assert set(words(graph).values()) == {"for"}, "the watch makes the steps smaller"

    def blind(*_: Any) -> float:
        return 0.0

    monkeypatch.setattr(module, "excess", blind)
    assert not stepped(graph).agrees
