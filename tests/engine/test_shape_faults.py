"""Operands and attributes that an op on tensors cannot take: the code, the place in the document, and what is said."""

from typing import Any

import pytest

from chainrule.engine import check
from chainrule.engine.registry import OPS
from chainrule.schema import DocumentError, Graph, Problem
from chainrule.schema.tensor import write

Shape = tuple[int, ...]

OPERANDS, ATTRIBUTE = "shape.operands", "attr.value"

#: Op, shapes of its operands, attributes, the attribute that is wrong (None: the operands), a part of the message.
FAULTS: list[tuple[str, list[Any], dict[str, Any], str | None, str]] = [
    ("reshape", [(2, 3)], {"shape": [4]}, "shape", "has 4 entries, but the operand has 6"),
    ("unsqueeze", [(2,)], {"axes": [2]}, "axes", "names axis 2, but there are 2: count from 0"),
    ("unsqueeze", [(2,)], {"axes": [1, 0]}, "axes", "list each once, ascending"),
    ("squeeze", [(2, 1)], {"axes": [0]}, "axes", "whose extent is 2: only extents of 1 go"),
    ("squeeze", [(2, 1)], {"axes": [-1]}, "axes", "names axis -1"),
    ("transpose", [(2, 3)], {"perm": [0]}, "perm", "expected each of the 2 axes once"),
    ("transpose", [(2, 3)], {"perm": [0, 0]}, "perm", "is [0, 0]"),
    ("broadcast_to", [(2, 3)], {"shape": [2, 4]}, "shape", "to which [2, 3] does not grow"),
    ("broadcast_to", [(2, 3)], {"shape": [3]}, "shape", "aligned at the right"),
    ("concat", [(2, 3), (3, 3)], {"axis": 1}, None, "joins shapes [2, 3], [3, 3] along axis 1"),
    ("concat", [(2,), (2, 1)], {"axis": 0}, None, "the other extents must be equal"),
    ("concat", [(2,)], {"axis": 1}, "axis", "names axis 1, but there are 1"),
    ("stack", [(2,), (3,)], {"axis": 0}, None, "joins shapes"),
    ("stack", [(2,), (2,)], {"axis": 2}, "axis", "names axis 2"),
    ("split", [(5,)], {"axis": 0, "split": [2, 2]}, "split", "the sizes add up to 5"),
    ("split", [(5,)], {"axis": 0, "split": [6, -1]}, "split", "the sizes add up to 5"),
    ("slice", [(3,)], {"starts": [0], "ends": [4]}, "ends", "0 <= start <= end <= extent"),
    ("slice", [(3,)], {"starts": [0, 0], "ends": [1]}, "starts", "has 2 entries for 1 axes"),
    ("slice", [(3,)], {"starts": [0], "ends": [3], "steps": [0]}, "steps", "slice, then flip"),
    ("pad", [(3,)], {"pads": [1]}, "pads", "expected 2: before each axis, then after each"),
    ("pad", [(3,)], {"pads": [-1, 0]}, "pads", "a negative pad is a slice"),
    ("pad", [(3,)], {"pads": [3, 0], "mode": "reflect"}, "pads", "too much for reflect"),
    ("pad", [(0,)], {"pads": [1, 0], "mode": "edge"}, "pads", "too much for edge"),
    ("flip", [(3,)], {"axes": [1]}, "axes", "names axis 1"),
    ("tile", [(3,)], {"repeats": [1, 2]}, "repeats", "has 2 entries for 1 axes"),
    ("tile", [(3,)], {"repeats": [-1]}, "repeats", "has a number below 0"),
    ("diagonal", [(3,)], {}, "axis2", "names axis 1"),
    ("diagonal", [(3, 3)], {"axis2": 0}, "axis2", "names one axis twice"),
    ("tril", [(3,)], {}, None, "two axes are needed"),
    ("triu", [()], {}, None, "two axes are needed"),
    ("flatten", [(2, 3)], {"axis": 3}, "axis", "expected 0 to 2"),
    ("reduce_sum", [(2, 3)], {"axes": [2]}, "axes", "names axis 2"),
    ("reduce_sum", [(2, 3)], {"axes": [1, 1]}, "axes", "list each once, ascending"),
    ("reduce_mean", [(2, 0)], {"axes": [1]}, None, "over no entries, which has no result"),
    ("reduce_max", [(0,)], {}, None, "over no entries"),
    ("reduce_min", [(2, 0)], {}, None, "over no entries"),
    ("cumsum", [(3,)], {"axis": 1}, "axis", "names axis 1"),
    ("matmul", [(3,), (3, 2)], {}, None, "for vectors there are dot and outer"),
    ("matmul", [(2, 3), (2, 3)], {}, None, "leading axes are equal, then [m, k] and [k, n]"),
    ("matmul", [(2, 2, 3), (1, 3, 2)], {}, None, "leading axes are equal"),
    ("einsum", [(2, 3)], {"indices": [0], "output": []}, "indices", "labels 1 axes; the operands have 2"),
    ("einsum", [(2, 3)], {"indices": [0, 2], "output": []}, "indices", "numbered in order of first appearance"),
    ("einsum", [(2, 3)], {"indices": [0, 0], "output": []}, None, "gives label 0 to extents 2 and 3"),
    ("einsum", [(2, 3)], {"indices": [0, 1], "output": [2]}, "output", "expected labels of the operands"),
    ("einsum", [(2, 3)], {"indices": [0, 1], "output": [1, 1]}, "output", "each at most once"),
    ("dot", [(2,), (3,)], {}, None, "two vectors of one length"),
    ("outer", [(2, 1), (3,)], {}, None, "two vectors are needed"),
    ("linear", [(2, 3), (3, 2)], {}, None, "x is [..., in] and w [out, in]"),
    ("linear", [(2, 3), (4, 3), (3,)], {}, None, "w has 4 rows, one a bias"),
    ("gemm", [(2, 3), (3,)], {}, None, "two matrices are needed"),
    ("gemm", [(2, 3), (3, 2), (2,)], {}, None, "broadcast c before"),
    ("conv", [(1, 2, 3), (1, 2)], {}, None, "1 to 3 spatial axes"),
    ("conv", [(1, 2, 3), (1, 1, 2)], {}, None, "in 1 groups: w is [out, 2/group, ...]"),
    ("conv", [(1, 2, 3), (3, 1, 2)], {"group": 2}, None, "in 2 groups"),
    ("conv", [(1, 2, 3), (3, 2, 2), (2,)], {}, None, "there are 3 output channels"),
    ("conv", [(1, 2, 3), (3, 2, 4)], {}, None, "where it does not fit"),
    ("conv", [(1, 2, 3), (3, 2, 2)], {"strides": [0]}, "strides", "expected 1 numbers from 1 on"),
    ("conv", [(1, 2, 3), (3, 2, 2)], {"pads": [1]}, "pads", "expected 2 numbers from 0 on"),
    ("conv", [(1, 2, 3), (3, 2, 2)], {"dilations": [1, 1]}, "dilations", "expected 1 numbers from 1 on"),
    ("max_pool", [(2, 3)], {"kernel_shape": [2]}, None, "[n, c, spatial...] with 1 to 3 spatial axes"),
    ("max_pool", [(1, 1, 3)], {"kernel_shape": [2, 2]}, "kernel_shape", "expected 1 numbers"),
    ("max_pool", [(1, 1, 3)], {"kernel_shape": [1], "pads": [1, 0]}, None, "a window that lies in padding alone"),
    ("average_pool", [(1, 1, 2)], {"kernel_shape": [3]}, None, "where it does not fit"),
    ("average_pool", [(1, 1, 3)], {"kernel_shape": [2], "pads": [0, 2]}, None, "lies in padding alone"),
    ("global_average_pool", [(2, 3)], {}, None, "[n, c, spatial...] is needed"),
    ("global_max_pool", [(2, 3, 0)], {}, None, "over no entries"),
    ("gather", [(3,), "i2"], {"axis": 1}, "axis", "names axis 1"),
    ("gather_elements", [(2, 3), "i2"], {}, None, "they agree on every axis but 0"),
    ("gather_elements", [(2, 3), "i2,2"], {"axis": 0}, None, "they agree on every axis but 0"),
    ("scatter_elements", [(3,), "i2", (3,)], {}, None, "their shapes are equal"),
    ("scatter_elements", [(3, 2), "i2", (2,)], {}, None, "they agree on every axis but 0"),
    ("one_hot", ["i2"], {"depth": -1}, "depth", "expected a number from 0 on"),
    ("embedding", [(), "i2"], {}, "axis", "names axis 0, but there are 0"),
    ("softmax", [(2, 3)], {"axis": 2}, "axis", "names axis 2"),
    ("softmax", [()], {}, "axis", "there are 0"),
    ("var", [(2, 3)], {"axes": [1], "correction": 3}, "correction", "leaves 0 of shape [2, 3] to divide by"),
    ("std", [(2, 3)], {"axes": [2]}, "axes", "names axis 2"),
    ("layer_normalization", [(2, 3), (2,)], {}, None, "expected [3], the normalised axes"),
    ("rms_normalization", [(2, 3), (3,)], {"axis": 0}, None, "expected [2, 3]"),
    ("batch_normalization", [(2, 3), (2,), (3,), (3,), (3,)], {}, None, "axis 1 has the channels"),
    ("batch_normalization_training", [(3,), (3,), (3,)], {}, None, "axis 1 has the channels"),
    ("lrn", [(2, 3)], {"size": 0}, "size", "a number from 1 on, and channels on axis 1"),
    ("attention", [(2, 3), (2, 2), (2, 1)], {}, None, "[..., l, e], [..., s, e], [..., s, f], [..., l, s]"),
    ("attention", [(2, 3), (2, 3), (2, 1), (3, 2)], {}, None, "mask [3, 2]"),
    ("lstm_cell", [(1, 2), (1, 2), (1, 2), (8, 2), (8, 2), (8,), (6,)], {}, None, "with 4 gates they are [8, in]"),
    ("gru_cell", [(1, 2), (2, 2), (6, 2), (6, 2), (6,), (6,)], {}, None, "[batch, in] and [batch, hidden]"),
    ("lstm", [(0, 1, 1), (1, 1), (1, 1), (4, 1), (4, 1), (4,), (4,)], {}, None, "at least one step"),
    ("gru", [(1, 1), (1, 1), (3, 1), (3, 1), (3,), (3,)], {}, None, "[steps, batch, in]"),
    ("mse_loss", [(2,), (3,)], {}, None, "compares shapes [2] and [3]"),
    ("l1_loss", [(2,), ()], {}, None, "compares shapes [2] and []"),
    ("nll_loss", [(2, 3), "i3"], {}, None, "[n, c, ...] and [n, ...]"),
    ("nll_loss", [(2, 3), "i2", (2,)], {}, None, "there are 3 classes, one weight each"),
    ("softmax_cross_entropy", [(3,), "i3"], {}, None, "[n, c, ...] and [n, ...]"),
    ("hinge_loss", [(2, 3), "i3"], {}, None, "[n, c] and [n]"),
]


def leaf(name: str, operand: Shape | str) -> dict[str, Any]:
    """An operand of ones of this shape; `i2,3` are integers of shape [2, 3]."""
    if isinstance(operand, str):
        shape = tuple(map(int, operand[1:].split(",")))
        return {"id": name, "op": "input", "dtype": "int64", "value": ones(shape)}
    return {"id": name, "op": "input", "value": ones(operand)}


def ones(shape: Shape) -> Any:
    count = 1
    for extent in shape:
        count *= extent
    return write(shape, [1] * count)


def rows(op: str, operands: list[Any], attrs: dict[str, Any]) -> list[dict[str, Any]]:
    leaves = [leaf(f"x{k}", operand) for k, operand in enumerate(operands)]
    gate: dict[str, Any] = {"id": "y", "op": op, "inputs": [row["id"] for row in leaves]}
    return [*leaves, {**gate, "attrs": attrs} if attrs else gate]


def problems(graph: Graph) -> tuple[Problem, ...]:
    """What stage 6 finds."""
    with pytest.raises(DocumentError) as caught:
        check(graph)
    return caught.value.problems


def reader(op: str, attrs: dict[str, Any]) -> list[dict[str, Any]]:
    """What reads the gate: a get of the first component of a tuple."""
    tuples = {"lstm_cell", "lstm", "gru", "split"}
    return [{"id": "z", "op": "get", "inputs": ["y"], "attrs": {"index": 0}}] if op in tuples else []


@pytest.mark.parametrize(("op", "operands", "attrs", "attribute", "said"), FAULTS, ids=range(len(FAULTS)))
def test_what_an_op_cannot_take_is_refused_at_its_place(
    op: str, operands: list[Any], attrs: dict[str, Any], attribute: str | None, said: str
) -> None:
    gates = [*rows(op, operands, attrs), *reader(op, attrs)]
    found = problems(Graph.build(nodes=gates, outputs=[{"node": gates[-1]["id"]}]))
    assert said in found[0].message
    assert found[0].code == (OPERANDS if attribute is None else ATTRIBUTE)
    place = len(operands) + len(reader(op, attrs))
    where = "inputs" if attribute is None else f"attrs/{attribute}"
    assert found[0].at in (f"/nodes/{len(operands)}/{where}", f"/nodes/{place}/{where}")


#: Of ops that make one tensor, which a function may give back as it is.
IN_BODIES = [fault for fault in FAULTS[:60:7] if OPS[fault[0]].outputs == 1]


@pytest.mark.parametrize(("op", "operands", "attrs", "attribute", "said"), IN_BODIES, ids=range(len(IN_BODIES)))
def test_inside_a_function_the_place_is_that_of_the_body_s_node(
    op: str, operands: list[Any], attrs: dict[str, Any], attribute: str | None, said: str
) -> None:
    leaves, gate = rows(op, operands, attrs)[:-1], rows(op, operands, attrs)[-1]
    function = {"params": [row["id"] for row in leaves], "nodes": [gate], "outputs": ["y"]}
    call = {"id": "c", "op": "fn:f", "inputs": [row["id"] for row in leaves]}
    graph = Graph.build(nodes=[*leaves, call], outputs=[{"node": "c"}], functions={"f": function})
    found = problems(graph)
    where = "inputs" if attribute is None else f"attrs/{attribute}"
    assert found[0].at == f"/functions/f/nodes/0/{where}"
    assert said in found[0].message


def test_every_structured_op_that_can_misfit_has_a_fault_here() -> None:
    from chainrule.engine.registry import OPS

    missing = {name for name, rule in OPS.items() if not rule.elementwise} - {fault[0] for fault in FAULTS}
    assert missing == {
        *("reduce_prod", "reduce_l2", "reduce_logsumexp", "log_softmax", "argmax"),
        *("binary_cross_entropy", "binary_cross_entropy_with_logits"),
    }
