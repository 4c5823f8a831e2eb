"""Forward and backward over tensors, against torch eager in float64 on one thread.

Both have every gradient on every wire, those of the inputs too: a document states them.
"""

import base64
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from chainrule.engine.backward import backward_pass
from chainrule.engine.forward import forward_pass
from chainrule.engine.plan import leaf_numbers, plan, seed_numbers
from chainrule.schema import Graph

from .pairs import Task, paired
from .peers import found
from .row import Row

Leaves = dict[str, Any]
#: Nodes behind the leaves: id, op, inputs, attributes.
Gates = list[tuple[str, str, list[str], dict[str, Any]]]
#: From torch and the leaves as its tensors to the scalar that is differentiated.
Peer = Callable[[Any, Leaves], Any]


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """A dense network, an attention block, a small convolutional network."""
    torch = found("torch")
    for name, (leaves, gates, peer) in {
        "dense": dense(scale),
        "attention": attention(scale),
        "conv": conv(scale),
    }.items():
        ours = _ours(leaves, gates)
        measured = torch and paired(ours, _theirs(torch, leaves, peer), rounds=rounds)
        yield Row("tensors, forward and backward", WORK[name], 1, {"torch eager, float64": measured}, speedup=True)


WORK = {
    "dense": "dense 784-256-128-10, batch 64",
    "attention": "attention block, 8 heads of 64 x 32, and its projections",
    "conv": "conv 1-8-16 of 3 x 3 on 28 x 28, batch 16, pools, dense",
}


def _drawn(**shapes: tuple[int, ...]) -> Leaves:
    draw = np.random.default_rng(0)
    return {name: draw.normal(size=shape) * shape[-1] ** -0.5 for name, shape in shapes.items()}


def _sized(number: int, scale: float) -> int:
    return max(2, int(number * scale))


def dense(scale: float) -> tuple[Leaves, Gates, Peer]:
    """Three layers, relu between them, cross entropy."""
    batch, wide, narrow = (_sized(n, scale) for n in (64, 256, 128))
    widths = (784, wide, narrow, 10)
    shapes = {f"w{k}": (widths[k + 1], widths[k]) for k in range(3)} | {f"b{k}": (widths[k + 1],) for k in range(3)}
    leaves = _drawn(x=(batch, 784), **shapes) | {"y": np.arange(batch) % 10}
    gates: Gates = []
    wire = "x"
    for k in range(3):
        gates.append((f"z{k}", "linear", [wire, f"w{k}", f"b{k}"], {}))
        gates += [(f"h{k}", "relu", [f"z{k}"], {})] if k < 2 else []
        wire = f"h{k}" if k < 2 else f"z{k}"
    gates.append(("loss", "softmax_cross_entropy", [wire, "y"], {}))

    def peer(torch: Any, of: Leaves) -> Any:
        functional, wire = torch.nn.functional, of["x"]
        for k in range(3):
            wire = functional.linear(wire, of[f"w{k}"], of[f"b{k}"])
            wire = torch.relu(wire) if k < 2 else wire
        return functional.cross_entropy(wire, of["y"])

    return leaves, gates, peer


def attention(scale: float) -> tuple[Leaves, Gates, Peer]:
    """Projections of one sequence a head, attention, a projection of what comes out, the mean of its squares."""
    heads, length, width = _sized(8, scale), _sized(64, scale), 32
    square = dict.fromkeys(("wq", "wk", "wv", "wo"), (width, width))
    leaves = _drawn(x=(heads, length, width), **square)
    gates: Gates = [(name, "linear", ["x", f"w{name}"], {}) for name in "qkv"]
    gates.append(("a", "attention", ["q", "k", "v"], {}))
    gates += [("o", "linear", ["a", "wo"], {}), ("s", "square", ["o"], {}), ("loss", "reduce_mean", ["s"], {})]

    def peer(torch: Any, of: Leaves) -> Any:
        functional = torch.nn.functional
        q, k, v = (functional.linear(of["x"], of[f"w{name}"]) for name in "qkv")
        out = functional.linear(functional.scaled_dot_product_attention(q, k, v), of["wo"])
        return out.square().mean()

    return leaves, gates, peer


def conv(scale: float) -> tuple[Leaves, Gates, Peer]:
    """Two convolutions with relu and largest of 2 x 2, a dense layer, cross entropy."""
    batch = _sized(16, scale)
    leaves = _drawn(x=(batch, 1, 28, 28), c0=(8, 1, 3, 3), d0=(8,), c1=(16, 8, 3, 3), d1=(16,), w=(10, 784), b=(10,))
    leaves |= {"y": np.arange(batch) % 10}
    gates: Gates = []
    wire = "x"
    for k in range(2):
        gates.append((f"z{k}", "conv", [wire, f"c{k}", f"d{k}"], {"pads": [1, 1, 1, 1]}))
        gates.append((f"h{k}", "relu", [f"z{k}"], {}))
        gates.append((f"p{k}", "max_pool", [f"h{k}"], {"kernel_shape": [2, 2], "strides": [2, 2]}))
        wire = f"p{k}"
    gates += [("f", "reshape", [wire], {"shape": [batch, 784]}), ("z", "linear", ["f", "w", "b"], {})]
    gates.append(("loss", "softmax_cross_entropy", ["z", "y"], {}))

    def peer(torch: Any, of: Leaves) -> Any:
        functional, wire = torch.nn.functional, of["x"]
        for k in range(2):
            wire = torch.relu(functional.conv2d(wire, of[f"c{k}"], of[f"d{k}"], padding=1))
            wire = functional.max_pool2d(wire, 2)
        return functional.cross_entropy(functional.linear(wire.reshape(batch, -1), of["w"], of["b"]), of["y"])

    return leaves, gates, peer


def _ours(leaves: Leaves, gates: Gates) -> Task:
    nodes: list[Any] = [{"id": name, "op": "param", **_stated(number)} for name, number in leaves.items()]
    nodes += [{"id": name, "op": op, "inputs": read, "attrs": attrs} for name, op, read, attrs in gates]
    made = plan(Graph.build(nodes=nodes, outputs=[{"node": gates[-1][0]}]))
    numbers, seeds = leaf_numbers(made), seed_numbers(made)
    return lambda: backward_pass(made, forward_pass(made, numbers), seeds, "torch")


def _stated(number: Any) -> dict[str, Any]:
    if number.dtype != np.float64:
        return {"op": "input", "dtype": "int64", "value": number.tolist()}
    return {"value": {"shape": list(number.shape), "b64": base64.b64encode(number.tobytes()).decode()}}


def _theirs(torch: Any, leaves: Leaves, peer: Peer) -> Task:
    torch.set_num_threads(1)
    tensors = {name: torch.tensor(x, requires_grad=x.dtype == np.float64) for name, x in leaves.items()}

    def task() -> None:
        for tensor in tensors.values():
            tensor.grad = None
        peer(torch, tensors).backward()

    return task
