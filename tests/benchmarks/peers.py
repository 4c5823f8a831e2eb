"""The peers. Each is optional: a missing one is a skipped column."""

import importlib
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from .circuits import Circuit

Operators = dict[str, Callable[..., Any]]


def found(name: str) -> ModuleType | None:
    """The peer's module, or None if it is not installed."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def both_passes(circuit: Circuit, leaf: Callable[[float], Any], operators: Operators) -> list[Any]:
    """Forward as the peer's user would write it, then its backward from the last gate. Returns the wires."""
    wires: list[Any] = []
    for gate in circuit:
        operands: Sequence[Any] = [wires[operand] for operand in gate.operands]
        wires.append(operators[gate.op](*operands) if operands else leaf(gate.number))
    wires[-1].backward()
    return wires


def micrograd_pass(circuit: Circuit) -> Callable[[], list[Any]] | None:
    """Both passes of karpathy/micrograd; it lacks exp, which is added in the manner of its relu."""
    engine = found("micrograd.engine")
    if engine is None:
        return None
    value = engine.Value

    def exp(x: Any) -> Any:
        out = value(math.exp(x.data), (x,), "exp")

        def backward() -> None:
            x.grad += out.data * out.grad

        out._backward = backward
        return out

    operators: Operators = {**_arithmetic(), "exp": exp, "relu": value.relu}
    return lambda: both_passes(circuit, value, operators)


def torch_pass(circuit: Circuit) -> Callable[[], list[Any]] | None:
    """Both passes of torch, eager, on scalars of float64 and one thread."""
    torch = found("torch")
    if torch is None:
        return None
    torch.set_num_threads(1)

    def leaf(number: float) -> Any:
        return torch.tensor(number, dtype=torch.float64, requires_grad=True)

    operators: Operators = {**_arithmetic(), "exp": torch.exp, "relu": torch.relu}
    return lambda: both_passes(circuit, leaf, operators)


def torch_gradcheck(circuit: Circuit) -> Callable[[], None] | None:
    """torch.autograd.gradcheck in fast mode, at its defaults: one random direction, two evaluations, one backward.

    The function takes all leaves as one vector of float64, on one thread.
    """
    torch = found("torch")
    if torch is None:
        return None
    torch.set_num_threads(1)
    operators: Operators = {**_arithmetic(), "exp": torch.exp, "abs": torch.abs, "tanh": torch.tanh}

    def function(leaves: Any) -> Any:
        return _wires(circuit, iter(leaves.unbind()), operators)[-1]

    numbers = [gate.number for gate in circuit if not gate.operands]
    point = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)

    def check() -> None:
        assert torch.autograd.gradcheck(function, (point,), fast_mode=True)

    return check


def autograd_pass(circuit: Circuit) -> Callable[[], Any] | None:
    """Both passes of HIPS autograd: value and gradient by every leaf, traced anew as it is on every call."""
    autograd = found("autograd")
    if autograd is None:
        return None
    numpy = importlib.import_module("autograd.numpy")
    leaves = [gate.number for gate in circuit if not gate.operands]
    operators: Operators = {**_arithmetic(), "exp": numpy.exp, "relu": lambda x: numpy.maximum(x, 0.0)}

    def function(*numbers: float) -> Any:
        return _wires(circuit, iter(numbers), operators)[-1]

    both = autograd.value_and_grad(function, argnum=tuple(range(len(leaves))))
    return lambda: both(*leaves)


def casadi_pass(circuit: Circuit) -> Callable[[], Any] | None:
    """CasADi's virtual machine on scalar expressions: objective and gradient by all leaves, built beforehand."""
    casadi = found("casadi")
    if casadi is None:
        return None
    leaves = [gate.number for gate in circuit if not gate.operands]
    symbols = casadi.SX.sym("x", len(leaves))
    operators: Operators = {**_arithmetic(), "exp": casadi.exp, "relu": lambda x: casadi.fmax(x, 0)}
    objective = _wires(circuit, (symbols[k] for k in range(len(leaves))), operators)[-1]
    function = casadi.Function("both", [symbols], [objective, casadi.gradient(objective, symbols)])
    point = casadi.DM(leaves)
    return lambda: function(point)


def _wires(circuit: Circuit, leaves: Iterator[Any], operators: Operators) -> list[Any]:
    wires: list[Any] = []
    for gate in circuit:
        operands = [wires[operand] for operand in gate.operands]
        wires.append(operators[gate.op](*operands) if operands else next(leaves))
    return wires


def _arithmetic() -> Operators:
    return {
        "add": lambda a, b: a + b,
        "mul": lambda a, b: a * b,
        "neg": lambda x: -x,
        "reciprocal": lambda x: x**-1,
    }


def sorted_by_rustworkx(nodes: int, edges: Sequence[tuple[int, int]]) -> Callable[[], Any] | None:
    """Build the graph and sort it topologically."""
    rustworkx = found("rustworkx")
    if rustworkx is None:
        return None

    def build_and_sort() -> Any:
        graph = rustworkx.PyDiGraph(multigraph=True)
        graph.add_nodes_from(range(nodes))
        graph.add_edges_from_no_data(edges)
        return rustworkx.topological_sort(graph)

    return build_and_sort


def onnx_file(circuit: Circuit, path: Path) -> Callable[[], None] | None:
    """Write the circuit as an ONNX model; the task loads it and checks it. The model carries no gradients."""
    onnx = found("onnx")
    if onnx is None:
        return None
    onnx.save(_onnx_model(onnx.helper, onnx.TensorProto.DOUBLE, circuit), path)

    def load_and_check() -> None:
        onnx.checker.check_model(onnx.load(path))

    return load_and_check


def _onnx_model(helper: Any, double: int, circuit: Circuit) -> Any:
    named = {"add": "Add", "mul": "Mul", "neg": "Neg", "exp": "Exp", "reciprocal": "Reciprocal", "relu": "Relu"}
    leaves = [(position, gate) for position, gate in enumerate(circuit) if not gate.operands]
    gates = [(position, gate) for position, gate in enumerate(circuit) if gate.operands]
    nodes = [helper.make_node(named[gate.op], [f"n{i}" for i in gate.operands], [f"n{n}"]) for n, gate in gates]
    numbers = [helper.make_tensor(f"n{position}", double, [], [gate.number]) for position, gate in leaves]
    output = helper.make_tensor_value_info(f"n{len(circuit) - 1}", double, [])
    return helper.make_model(helper.make_graph(nodes, "circuit", [], [output], initializer=numbers))
