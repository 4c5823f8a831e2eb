"""Random graphs of tensors for tests: scalars beside tensors, integer and bool wires, tuples, calls, groups."""

import random
from typing import Any

from chainrule.engine.registry import OPS
from chainrule.engine.shape import Shape, ShapeFault
from chainrule.schema import Graph
from chainrule.schema.tensor import write

Row = dict[str, Any]

#: Functions whose values stay of ordinary size, and whose kinks are met by chance only.
SMOOTH = ("tanh", "sigmoid", "sin", "square", "softplus")
BINARY = ("add", "sub", "mul", "maximum")
REDUCTIONS = ("reduce_sum", "reduce_mean", "reduce_max", "reduce_logsumexp", "reduce_prod", "reduce_l2")

SHAPES: list[Shape] = [(), (3,), (2, 3), (3, 2), (2, 2), (1, 3), (2, 0)]

#: tanh of a sum, written out as a function with a constant of its own.
GATE: Row = {
    "params": ["a", "b"],
    "nodes": [{"id": "s", "op": "add", "inputs": ["a", "b"]}, {"id": "t", "op": "tanh", "inputs": ["s"]}],
    "outputs": ["t"],
}


class Drawing:
    """The rows while they are drawn, and the shape of every floating wire."""

    def __init__(self, seed: int) -> None:
        self.draw, self.rows, self.shapes = random.Random(seed), list[Row](), dict[str, Shape]()
        self.called = False

    def add(self, op: str, *inputs: str, shape: Shape | None = None, **fields: Any) -> str:
        """One gate; its shape by the rule of the op."""
        name = f"n{len(self.rows)}"
        row: Row = {"id": name, "op": op, "inputs": list(inputs), **fields}
        if shape is None:
            found: Any = OPS[op].bound(fields.get("attrs", {})).infer([self.shapes[k] for k in inputs])
            shape = tuple(found)
        self.rows.append(row)
        self.shapes[name] = shape
        return name

    def leaf(self, shape: Shape) -> str:
        """A leaf with numbers of ordinary size."""
        name = f"n{len(self.rows)}"
        op = self.draw.choice(["input", "param"])
        self.rows.append(
            {"id": name, "op": op, "value": nested(shape, lambda: self.draw.choice((1, -1)) * self._size())}
        )
        self.shapes[name] = shape
        return name

    def integers(self, shape: Shape, below: int) -> str:
        """A leaf of places."""
        name = f"n{len(self.rows)}"
        value = nested(shape, lambda: self.draw.randrange(below))
        self.rows.append({"id": name, "op": "input", "dtype": "int64", "value": value})
        return name

    def any(self) -> str:
        """Some floating wire, recent ones first."""
        names = list(self.shapes)
        return self.draw.choice(names[-6:] if self.draw.random() < 0.7 else names)

    def alike(self, name: str) -> str:
        """A wire of the same shape, or a scalar."""
        fitting = [k for k, shape in self.shapes.items() if shape in (self.shapes[name], ())]
        return self.draw.choice(fitting)

    def _size(self) -> float:
        return self.draw.choice((0.5, 1.0, 2.0)) if self.draw.random() < 0.2 else self.draw.uniform(0.2, 1.5)


def nested(shape: Shape, number: Any) -> Any:
    """Numbers as nested lists; a tensor without entries as the form that says its shape."""
    if 0 in shape:
        return write(shape, [])
    return [nested(shape[1:], number) for _ in range(shape[0])] if shape else number()


def random_tensor_graph(seed: int, gates: int = 8, *, dtype: str = "float64") -> Graph:
    """A graph of so many gates; its last wires are summed into one scalar output."""
    made = Drawing(seed)
    for shape in [(), *made.draw.sample(SHAPES[1:], 3)]:
        made.leaf(shape)
    while len(made.rows) < 4 + gates:
        made.draw.choice(GATES)(made)
    ends = [made.add("reduce_sum", name) for name in list(made.shapes)[-3:]]
    total = made.add("add", made.add("add", *ends[:2]), ends[2])
    functions = {"functions": {"gate": GATE}} if made.called else {}
    return Graph.build(nodes=made.rows, outputs=[{"node": total}], dtype=dtype, **functions)


def _smooth(made: Drawing) -> None:
    made.add(made.draw.choice(SMOOTH), made.any())


def _binary(made: Drawing) -> None:
    name = made.any()
    made.add(made.draw.choice(BINARY), name, made.alike(name))


def _reduced(made: Drawing) -> None:
    name, op = made.any(), made.draw.choice(REDUCTIONS)
    rank = len(made.shapes[name])
    attrs: Row = {"axes": [made.draw.randrange(rank)]} if rank and made.draw.random() < 0.7 else {}
    _tried(made, op, name, attrs=attrs)


def _product(made: Drawing) -> None:
    pairs = [
        (a, b) for a, s in made.shapes.items() for b, t in made.shapes.items() if len(s) == len(t) == 2 and s[1] == t[0]
    ]
    if pairs:
        made.add("matmul", *made.draw.choice(pairs))


def _softmax(made: Drawing) -> None:
    _tried(made, made.draw.choice(["softmax", "log_softmax", "layer_normalization"]), made.any())


def _arranged(made: Drawing) -> None:
    name = made.any()
    shape = made.shapes[name]
    op, attrs = made.draw.choice(
        [
            ("transpose", {"perm": list(range(len(shape)))[::-1]}),
            ("unsqueeze", {"axes": [0]}),
            ("broadcast_to", {"shape": [2, *shape]}),
            ("flip", {"axes": list(range(len(shape)))}),
            ("pad", {"pads": [1] * (2 * len(shape))}),
        ]
    )
    if len(shape) < 3:
        made.add(op, name, attrs=attrs)


def _joined(made: Drawing) -> None:
    name = made.any()
    others = [k for k, shape in made.shapes.items() if shape == made.shapes[name]]
    if made.shapes[name]:
        made.add("concat", name, made.draw.choice(others), attrs={"axis": 0})


def _gathered(made: Drawing) -> None:
    name = made.any()
    shape = made.shapes[name]
    if shape and shape[0]:
        places = made.integers((2,), shape[0])
        made.add("gather", name, places, shape=(2, *shape[1:]))


def _chosen(made: Drawing) -> None:
    name = made.any()
    other = made.alike(name)
    less = f"n{len(made.rows)}"
    made.rows.append({"id": less, "op": "less", "inputs": [name, other], "dtype": "bool"})
    made.add("where", less, name, other, shape=made.shapes[name])


def _split(made: Drawing) -> None:
    name = made.any()
    shape = made.shapes[name]
    if shape and shape[0] > 1:
        maker = f"n{len(made.rows)}"
        attrs = {"axis": 0, "split": [1, shape[0] - 1]}
        made.rows.append({"id": maker, "op": "split", "inputs": [name], "attrs": attrs})
        made.add("get", maker, shape=(1, *shape[1:]), attrs={"index": 0})
        made.add("get", maker, shape=(shape[0] - 1, *shape[1:]), attrs={"index": 1})


def _call(made: Drawing) -> None:
    name = made.any()
    other, made.called = made.alike(name), True
    made.add("fn:gate", name, other, shape=made.shapes[name])


def _tried(made: Drawing, op: str, *inputs: str, attrs: Row | None = None) -> None:
    """A gate, if its operands fit."""
    try:
        made.add(op, *inputs, **({"attrs": attrs} if attrs else {}))
    except ShapeFault:
        return


GATES = (
    *(_smooth, _binary, _binary, _reduced, _product, _softmax),
    *(_arranged, _joined, _gathered, _chosen, _split, _call),
)
