"""The node cases that the package onnx generates: imported, run, and held against their values and their expansions.

`python -m tests.conformance.onnx_nodes` prints the figures: cases imported and right, pairs of a composite and its
expansion that are equal in values and gradients, and what is refused, by reason.
"""

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

import chainrule as cr
from chainrule.schema import Graph
from chainrule.service.interop.errors import InteropError
from chainrule.service.interop.onnx import from_onnx

Array = NDArray[Any]

#: What a case's numbers are kept in; the first two are compared to the case's own tolerance.
FULL = ("float32", "float64")
FLOATS = (*FULL, "float16", "bfloat16")

#: How far numbers that were computed in half precision may lie from ours, which were not.
HALF = 2.0**-6


class Case(NamedTuple):
    """A model, its operands by name, and what comes out."""

    name: str
    model: Any
    inputs: Mapping[str, Any]
    outputs: Sequence[Any]
    rtol: float
    atol: float


@cache
def cases() -> Mapping[str, Case]:
    """Every node case with floating operands and results."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test.loader import load_model_tests

        made = load_model_tests(kind="node")
    found = (_case(case) for case in made)
    return {case.name: case for case in found if _is_floating(case.inputs.values()) and _is_floating(case.outputs)}


def _case(made: Any) -> Case:
    inputs, outputs = made.data_sets[0]
    # An optional operand that is absent has no name, and no number beside it.
    names = [value.name for value in made.model.graph.input]
    return Case(made.name, made.model, dict(zip(names, inputs, strict=False)), outputs, made.rtol, made.atol)


def _is_floating(values: Any) -> bool:
    return any(str(getattr(value, "dtype", "")) in FLOATS for value in values)


def plain() -> Iterator[Case]:
    """Cases that are not expansions of others."""
    return (case for name, case in cases().items() if "_expanded" not in name)


def pairs() -> Iterator[tuple[Case, Case]]:
    """A composite and what it expands to."""
    for name, case in cases().items():
        base, mark, _ = name.partition("_expanded")
        if mark and base in cases():
            yield cases()[base], case


@cache
def imported(name: str) -> Graph | str:
    """The case as a document, or why it is none."""
    case = cases()[name]
    try:
        return from_onnx(case.model, values=case.inputs).document
    except InteropError as error:
        return error.problems[0].message


def deviation(case: Case, graph: Graph) -> str | None:
    """What is not as the case has it, to its own tolerance; None if all is."""
    found = cr.forward(graph)
    wanted = [value for value in case.outputs if str(getattr(value, "dtype", "")) in FLOATS]
    if len(graph.outputs) != len(wanted):
        return f"{len(graph.outputs)} outputs in place of {len(wanted)}"
    exact = all(str(value.dtype) in FULL for value in [*case.inputs.values(), *wanted] if _is_floating([value]))
    rtol, atol = (case.rtol, case.atol) if exact else (HALF, HALF)
    for output, theirs in zip(graph.outputs, wanted, strict=True):
        ours, theirs = np.asarray(found[output["node"]]), np.asarray(theirs, dtype=np.float64)
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=rtol, atol=atol, equal_nan=True):
            return f"{output['node']}"
    return None


def difference(whole: Graph, opened: Graph) -> str | None:
    """Where a composite and its expansion part: values to 1e-12, gradients toward every input to 1e-9; or None."""
    rng = np.random.default_rng(7)
    one, two = cr.forward(whole), cr.forward(opened)
    if len(whole.outputs) != len(opened.outputs):
        return "outputs"
    seeds: list[Any] = []
    for a, b in zip(whole.outputs, opened.outputs, strict=True):
        left, right = np.asarray(one[a["node"]]), np.asarray(two[b["node"]])
        if not _near(left, right, 1e-12):
            return f"the value of {a['node']}"
        seeds.append(rng.standard_normal(left.shape).tolist() if left.size else {"shape": list(left.shape), "b64": ""})
    first, second = (cr.backward(_seeded(graph, seeds), kinks="torch").grads for graph in (whole, opened))
    leaves = [node["id"] for node in whole.nodes if node["op"] == "input" and node["id"] in first]
    for leaf in leaves:
        if leaf not in second or not _near(np.asarray(first[leaf]), np.asarray(second[leaf]), 1e-9):
            return f"the gradient of {leaf}"
    return None


def _near(a: Array, b: Array, share: float) -> bool:
    finite = np.isfinite(b)
    if a.shape != b.shape or not np.array_equal(a[~finite], b[~finite], equal_nan=True):
        return False
    scale = np.max(np.abs(b[finite]), initial=0.0)
    return bool(np.all(np.abs(a[finite] - b[finite]) <= share * max(scale, 1.0)))


def _seeded(graph: Graph, seeds: Sequence[Any]) -> Graph:
    outputs = [{"node": row["node"], "seed": seed} for row, seed in zip(graph.outputs, seeds, strict=True)]
    stated = {key: value for key, value in graph.written().items() if key not in ("chainrule", "kind", "outputs")}
    return Graph.build(outputs=cast(Any, outputs), **stated)


def figures() -> dict[str, Any]:
    """What the command prints."""
    plain_cases = {case.name: imported(case.name) for case in plain()}
    documents = {name: graph for name, graph in plain_cases.items() if isinstance(graph, Graph)}
    wrong = {name: what for name, graph in documents.items() if (what := deviation(cases()[name], graph))}
    both = [(a.name, imported(a.name), imported(b.name)) for a, b in pairs()]
    told = {name: difference(a, b) for name, a, b in both if isinstance(a, Graph) and isinstance(b, Graph)}
    return {
        "cases": len(plain_cases),
        "imported": len(documents),
        "wrong": wrong,
        "expansions": len(both),
        "expansions imported": sum(isinstance(b, Graph) for _, _, b in both),
        "pairs": len(told),
        "unequal": {name: what for name, what in told.items() if what},
        "refused": Counter(why for why in plain_cases.values() if isinstance(why, str)),
    }


def main() -> None:
    """Print the figures."""
    for name, figure in figures().items():
        if isinstance(figure, int):
            print(f"{name}: {figure}")
            continue
        print(f"{name}: {len(figure)}")
        print(*(f"  {row}: {what}" for row, what in figure.items()), sep="\n")


if __name__ == "__main__":
    main()
