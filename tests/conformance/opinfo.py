"""Recorded calls of torch operators: lowered, run, and held against torch's gradients.

`python -m tests.conformance.opinfo` prints how many calls are claimed, right and wrong, and why the others are not
claimed; with `--planted`, what verification says of torch's gradients with and without a mistake (`planted.py`).
"""

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

import chainrule as cr
from chainrule.schema import Graph
from chainrule.schema.tensor import write
from chainrule.service.interop.errors import InteropError

from .documents import FIXTURES

Case = Mapping[str, Any]
Array = NDArray[Any]

#: All recorded calls, where they are beside the repository; else the few that are in it.
RECORDED = Path(__file__).parents[3] / "shared" / "data" / "opinfo"
FOLDER = RECORDED if RECORDED.is_dir() else FIXTURES / "opinfo"

#: torch multiplies by 1/6 rounded to float32 in the backward of this call: its gradients are 3e-8 off.
TORCH_IS_WRONG = "nn.functional.hardsigmoid-0"

_KINDS = {"f8": np.float64, "i8": np.int64, "b1": np.bool_}


def cases() -> Iterator[tuple[str, Case]]:
    """(operator, variant and sample, case) of every recorded call, in the order of the files."""
    for path in sorted(FOLDER.glob("*.json")):
        file = json.loads(path.read_text("utf-8"))
        variant = f"-{file['variant']}" if file.get("variant") else ""
        for case in file["cases"]:
            yield f"{file['op']}{variant}-{case['sample']}", {**case, "op": file["op"]}


def document(case: Case) -> Graph:
    """The call as a document, one output a cotangent; InteropError if it has no counterpart."""
    tensors = [array(tensor) for tensor in case["tensors"]]
    args = [_argument(argument, tensors) for argument in case["args"]]
    kwargs = {name: _argument(argument, tensors) for name, argument in case["kwargs"].items()}
    seeds = {int(place): array(tensor) for place, tensor in case["cotangents"].items()}
    return cr.lower("torch", case["op"], args, kwargs, seeds=seeds)


@cache
def reason(name: str) -> str | None:
    """Why a call is not claimed; None for one that is."""
    try:
        document(_by_name()[name])
    except InteropError as error:
        return error.problems[0].message
    return None


@cache
def _by_name() -> Mapping[str, Case]:
    return dict(cases())


def array(tensor: Mapping[str, Any]) -> Array:
    """A recorded tensor."""
    entries = [float(entry) if tensor["dtype"] == "f8" else entry for entry in tensor["data"]]
    return np.array(entries, dtype=_KINDS[tensor["dtype"]]).reshape(tensor["shape"])


def _argument(raw: Any, tensors: Sequence[Array]) -> Any:
    if not isinstance(raw, dict):
        return raw
    [(kind, held)] = cast(dict[str, Any], raw).items()
    match kind:
        case "tensor":
            return tensors[held]
        case "list":
            return [_argument(entry, tensors) for entry in held]
        case "tuple":
            return tuple(_argument(entry, tensors) for entry in held)
        case "slice":
            return slice(*held)
        case "ellipsis":
            return Ellipsis
        case _:
            return held


# --- held against torch ----------------------------------------------------------------------------------------------


def asked(case: Case) -> dict[str, Array]:
    """The gradients that torch returned, by leaf; zeros where the output does not depend on it."""
    found: dict[str, Array] = {}
    for place, gradient in case["gradients"].items():
        shape = case["tensors"][int(place)]["shape"]
        found[f"t{place}"] = np.zeros(shape) if gradient is None else array(gradient)
    return found


def deviation(case: Case, graph: Graph) -> str | None:
    """What is not as torch has it, to 1e-9 of the largest entry; None if all is."""
    found = cr.backward(graph, kinks="torch")
    for output, cotangent in zip(graph.outputs, case["cotangents"].values(), strict=True):
        if np.shape(found.values[output["node"]]) != tuple(cotangent["shape"]):
            return f"{output['node']} has shape {np.shape(found.values[output['node']])}"
    for leaf, theirs in asked(case).items():
        if not agrees(np.asarray(found.grads[leaf]), theirs):
            return f"the gradient of {leaf}"
    return None


def agrees(ours: Array, theirs: Array) -> bool:
    """Equal shapes, equal non-finite entries, finite ones to 1e-9 of the largest."""
    finite = np.isfinite(theirs)
    if ours.shape != theirs.shape or not np.array_equal(ours[~finite], theirs[~finite], equal_nan=True):
        return False
    largest = np.max(np.abs(theirs[finite]), initial=0.0)
    return bool(np.all(np.abs(ours[finite] - theirs[finite]) <= 1e-9 * largest + 1e-12))


def claimed(case: Case) -> Graph:
    """The call as a document that states torch's gradients."""
    gradients = {leaf: write(g.shape, g.ravel().tolist()) for leaf, g in asked(case).items()}
    graph = document(case)
    nodes = [{**node, "grad": gradients[node["id"]]} if node["id"] in gradients else node for node in graph.nodes]
    stated = {key: value for key, value in graph.written().items() if key not in ("chainrule", "kind", "nodes")}
    return Graph.build(nodes=cast(Any, nodes), **stated)


# --- figures ---------------------------------------------------------------------------------------------------------


def main() -> None:
    """Print how many calls are claimed, right, wrong, and not claimed, by reason."""
    right, wrong = 0, list[str]()
    reasons: Counter[str] = Counter()
    for name, case in cases():
        why = reason(name)
        if why is not None:
            reasons[why] += 1
        elif (what := deviation(case, document(case))) is not None:
            wrong.append(f"{name}: {what}")
        else:
            right += 1
    total = right + len(wrong) + sum(reasons.values())
    print(f"{total} cases: claimed {right + len(wrong)}, right {right}, wrong {len(wrong)}")
    print(*(f"  wrong: {line}" for line in wrong), sep="\n")
    print(f"not claimed {sum(reasons.values())}:")
    print(*(f"  {count:4} {why}" for why, count in reasons.most_common()), sep="\n")


if __name__ == "__main__":
    if "--planted" in sys.argv:
        from .planted import main as planted

        planted()
    else:
        main()
