"""Recorded calls of torch operators as documents: torch's gradients become claims on the leaves.

Only calls that work entry by entry on operands of one shape, or on scalars among them, have a counterpart here.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from chainrule.schema import Graph

from .documents import FIXTURES

Case = Mapping[str, Any]


class Draft:
    """The nodes of a document as they are written down; gates and constants get their names by number."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []

    def leaf(self, name: str, value: Any) -> str:
        self.nodes.append({"id": name, "op": "input", "value": value})
        return name

    def number(self, value: float) -> str:
        name = f"c{len(self.nodes)}"
        self.nodes.append({"id": name, "op": "const", "value": value})
        return name

    def gate(self, op: str, *operands: str) -> str:
        name = f"n{len(self.nodes)}"
        self.nodes.append({"id": name, "op": op, "inputs": list(operands)})
        return name


#: Writes a call into a draft: operands by name, keyword arguments as torch has them; returns the output's name.
Lowering = Callable[..., str]


def _named(op: str) -> Lowering:
    def lowered(draft: Draft, *operands: str) -> str:
        return draft.gate(op, *operands)

    return lowered


def _sub(draft: Draft, a: str, b: str, alpha: float = 1) -> str:
    return draft.gate("sub", a, b if alpha == 1 else draft.gate("mul", draft.number(alpha), b))


def _divided_by(draft: Draft, a: str, b: str) -> str:
    return draft.gate("div", b, a)


def _addcmul(draft: Draft, a: str, b: str, c: str, value: float = 1) -> str:
    product = draft.gate("mul", b, c)
    return draft.gate("add", a, product if value == 1 else draft.gate("mul", draft.number(value), product))


def _xlogy(draft: Draft, x: str, y: str) -> str:
    return draft.gate("mul", x, draft.gate("log", y))


def _silu(draft: Draft, x: str) -> str:
    return draft.gate("mul", x, draft.gate("sigmoid", x))


def _softsign(draft: Draft, x: str) -> str:
    return draft.gate("div", x, draft.gate("add", draft.number(1), draft.gate("abs", x)))


def _tanhshrink(draft: Draft, x: str) -> str:
    return draft.gate("sub", x, draft.gate("tanh", x))


def _rsqrt(draft: Draft, x: str) -> str:
    return draft.gate("reciprocal", draft.gate("sqrt", x))


def _hyperbolic(sign: str) -> Lowering:
    def lowered(draft: Draft, x: str) -> str:
        both = draft.gate(sign, draft.gate("exp", x), draft.gate("exp", draft.gate("neg", x)))
        return draft.gate("mul", draft.number(0.5), both)

    return lowered


def _softplus(draft: Draft, x: str) -> str:
    return draft.gate("log", draft.gate("add", draft.number(1), draft.gate("exp", x)))


def _mish(draft: Draft, x: str) -> str:
    return draft.gate("mul", x, draft.gate("tanh", _softplus(draft, x)))


def _clipped(draft: Draft, x: str, low: float, high: float) -> str:
    return draft.gate("minimum", draft.gate("maximum", x, draft.number(low)), draft.number(high))


def _hardtanh(draft: Draft, x: str, min_val: float = -1.0, max_val: float = 1.0) -> str:
    return _clipped(draft, x, min_val, max_val)


def _squared_error(draft: Draft, a: str, b: str) -> str:
    return draft.gate("square", draft.gate("sub", a, b))


def _huber(draft: Draft, a: str, b: str, delta: float = 1.0) -> str:
    """c²/2 + c (d - c), c the difference d held within ±delta."""
    d = draft.gate("sub", a, b)
    c = _clipped(draft, d, -delta, delta)
    half = draft.gate("mul", draft.number(0.5), draft.gate("square", c))
    return draft.gate("add", half, draft.gate("mul", c, draft.gate("sub", d, c)))


def _soft_margin(draft: Draft, x: str, y: str) -> str:
    return _softplus(draft, draft.gate("neg", draft.gate("mul", y, x)))


def _margin_ranking(draft: Draft, a: str, b: str, y: str, margin: float = 0.0) -> str:
    apart = draft.gate("mul", draft.gate("neg", y), draft.gate("sub", a, b))
    return draft.gate("maximum", draft.number(0), draft.gate("add", apart, draft.number(margin)))


def _poisson(draft: Draft, x: str, y: str, log_input: bool = True, eps: float = 1e-8, full: bool = False) -> str:
    if full:
        raise LookupError("Stirling's term has no counterpart")
    if log_input:
        return draft.gate("sub", draft.gate("exp", x), draft.gate("mul", y, x))
    return draft.gate("sub", x, _xlogy(draft, y, draft.gate("add", x, draft.number(eps))))


LOWERINGS: Mapping[str, Lowering] = {
    **{name: _named(name) for name in ("abs", "neg", "exp", "log", "cos", "tanh", "sigmoid", "mul", "pow", "maximum")},
    "fmax": _named("maximum"),
    "fmin": _named("minimum"),
    "clamp_max": _named("minimum"),
    "sub": _sub,
    "__rdiv__": _divided_by,
    "addcmul": _addcmul,
    "xlogy": _xlogy,
    "nn.functional.silu": _silu,
    "nn.functional.softsign": _softsign,
    "nn.functional.tanhshrink": _tanhshrink,
    "rsqrt": _rsqrt,
    "cosh": _hyperbolic("add"),
    "sinh": _hyperbolic("sub"),
    "nn.functional.mish": _mish,
    "nn.functional.hardtanh": _hardtanh,
    "nn.functional.mse_loss": _squared_error,
    "nn.functional.huber_loss": _huber,
    "nn.functional.smooth_l1_loss": _huber,
    "nn.functional.soft_margin_loss": _soft_margin,
    "nn.functional.margin_ranking_loss": _margin_ranking,
    "nn.functional.poisson_nll_loss": _poisson,
}


def cases() -> Iterator[tuple[str, Case]]:
    """(operator and sample, case) of every recorded call, in the order of the files."""
    for path in sorted((FIXTURES / "opinfo").glob("*.json")):
        file = json.loads(path.read_text("utf-8"))
        for case in file["cases"]:
            yield f"{file['op']}-{case['sample']}", {**case, "op": file["op"]}


def document(case: Case) -> Graph:
    """The call with torch's gradients as claims. LookupError, with the reason, if it has no counterpart here."""
    draft = Draft()
    operands = [draft.leaf(f"t{place}", written(tensor)) for place, tensor in enumerate(case["tensors"])]
    output = LOWERINGS[case["op"]](draft, *_checked(case, operands), **_keywords(case))
    for place, gradient in case["gradients"].items():
        if gradient is not None:
            draft.nodes[int(place)]["grad"] = written(gradient)
    return Graph.build(nodes=draft.nodes, outputs=[{"node": output, "seed": written(case["cotangents"]["0"])}])


def _checked(case: Case, operands: Sequence[str]) -> Sequence[str]:
    shapes = {tuple(tensor["shape"]) for tensor in case["tensors"]} - {()}
    if len(shapes) > 1:
        raise LookupError("operands of several shapes are broadcast")
    if [argument for argument in case["args"] if not isinstance(argument, dict)]:
        raise LookupError("an argument that is no tensor")
    if tuple(case["outputs"][0]["shape"]) != next(iter(shapes), ()):
        raise LookupError("entries are added up")
    return operands


def _keywords(case: Case) -> Mapping[str, Any]:
    return {name: value for name, value in case["kwargs"].items() if name not in ("reduction", "size_average")}


def written(tensor: Mapping[str, Any]) -> Any:
    """A recorded tensor as a document writes it."""
    if not tensor["data"]:
        return {"shape": tensor["shape"], "b64": ""}
    entries = [{"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}.get(e, e) for e in tensor["data"]]
    return nested(entries, tensor["shape"]) if tensor["shape"] else entries[0]


def nested(entries: Sequence[Any], shape: Sequence[int]) -> Any:
    """Flat entries as a nested list of this shape."""
    if len(shape) == 1:
        return list(entries)
    step = len(entries) // shape[0]
    return [nested(entries[row * step : (row + 1) * step], shape[1:]) for row in range(shape[0])]
