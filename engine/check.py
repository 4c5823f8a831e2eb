"""Stage 6 of reading: what needs the op's own rule, namely arity, dtypes and shapes (format.md 3)."""

from collections.abc import Iterator
from typing import Any

from ..schema import Document, DocumentError, Graph, Node, Problem
from ..schema.problem import Problems
from ..schema.structure import Structure
from ..schema.tensor import shape_of
from .registry import OPS
from .rule import Rule
from .shape import SCALAR, Shape, elementwise_shape

FLOATING = frozenset({"float64", "float32", "float16", "bfloat16"})


def check(document: Document) -> Document:
    """The document itself if every rule of the format holds, stage 6 included.

    Raises DocumentError with every problem, each with its place and the mend.
    """
    if isinstance(document, Graph):
        infer_shapes(document)
    return document


def infer_shapes(graph: Graph) -> list[Shape]:
    """The shape of every wire, in the order of the nodes; DocumentError if a rule is broken."""
    problems = Problems()
    shapes: list[Shape] = []
    structure = graph.structure
    for position, node in enumerate(graph.nodes):
        shapes.append(_node_shape(position, node, structure, shapes, problems))
    for position, node in enumerate(graph.nodes):
        for problem in _stated_shapes(position, node, structure, shapes):
            problems.add(problem)
    for problem in _seeds(graph, shapes):
        problems.add(problem)
    if problems:
        raise DocumentError.of(problems)
    return shapes


def _node_shape(position: int, node: Node, structure: Structure, shapes: list[Shape], problems: Problems) -> Shape:
    if "surrogate" in node:
        problems.add(_refused_surrogate(position, node))
    rule = OPS.get(node["op"])
    if rule is None:
        return _leaf_shape(node)
    operands = structure.operands[position]
    if len(operands) != len(rule.operands):
        problems.add(_arity(position, node, rule))
        return SCALAR
    for problem in _dtypes(position, node, structure):
        problems.add(problem)
    shape = elementwise_shape([shapes[k] for k in operands])
    if shape is None:
        problems.add(_operand_shapes(position, node, [shapes[k] for k in operands]))
        return SCALAR
    return shape


def _leaf_shape(node: Node) -> Shape:
    return shape_of(node["value"]) if "value" in node else tuple(node.get("shape", ()))


def _problem(code: str, position: int, place: str, node: Node, why: str) -> Problem:
    return Problem(code=code, at=f"/nodes/{position}/{place}", message=f"{node['id']} {why}", node=node["id"])


def _refused_surrogate(position: int, node: Node) -> Problem:
    why = "declares a surrogate rule, which this version does not run yet: leave it out"
    return _problem("field.value", position, "surrogate", node, why)


def _arity(position: int, node: Node, rule: Rule) -> Problem:
    count = len(node.get("inputs", []))
    given = "1 operand" if count == 1 else f"{count} operands"
    why = f"gives {rule.name} {given}; it takes {len(rule.operands)} ({', '.join(rule.operands)})"
    return _problem("op.arity", position, "inputs", node, why)


def _dtypes(position: int, node: Node, structure: Structure) -> Iterator[Problem]:
    own, op = structure.dtypes[position], node["op"]
    for port, operand in enumerate(structure.operands[position]):
        name, dtype = structure.ids[operand], structure.dtypes[operand]
        if op != "identity" and dtype not in FLOATING:
            why = f"reads {name}, which is {dtype}; {op} takes a floating dtype"
            yield _problem("dtype.mismatch", position, f"inputs/{port}", node, why)
        elif dtype != own:
            why = f"is {own}, but its operand {name} is {dtype}: state the same dtype on both"
            yield _problem("dtype.mismatch", position, "dtype", node, why)


def _operand_shapes(position: int, node: Node, shapes: list[Shape]) -> Problem:
    listed = " and ".join(str(list(shape)) for shape in shapes)
    why = f"combines shapes {listed}; {node['op']} takes equal shapes, or scalars (shape []) among them"
    return _problem("shape.operands", position, "inputs", node, why)


def _stated_shapes(position: int, node: Node, structure: Structure, shapes: list[Shape]) -> Iterator[Problem]:
    """Every number of a node against the shape that the rules give."""
    own = shapes[position]
    if "shape" in node and tuple(node["shape"]) != own:
        yield _shape_problem(position, node, "shape", tuple(node["shape"]), own)
    for name in ("value", "grad"):
        raw: Any = node.get(name)
        if raw is not None and (stated := shape_of(raw)) != own:
            yield _shape_problem(position, node, name, stated, own)
    for port, operand in enumerate(structure.operands[position]):
        for name, expected in (("local", own), ("downstream", shapes[operand])):
            raw = _at_port(node, name, port)
            if raw is not None and (stated := shape_of(raw)) != expected:
                yield _shape_problem(position, node, f"{name}/{port}", stated, expected)


def _at_port(node: Node, name: str, port: int) -> Any:
    entries = node.get(name)
    return entries[port] if entries else None


def _shape_problem(position: int, node: Node, place: str, stated: Shape, expected: Shape) -> Problem:
    why = f"states {place} with shape {list(stated)}, but the wire's shape is {list(expected)}"
    return _problem("shape.mismatch", position, place, node, why)


def _seeds(graph: Graph, shapes: list[Shape]) -> Iterator[Problem]:
    claims_gradients = any("grad" in node or "downstream" in node for node in graph.nodes)
    for place, (output, position) in enumerate(zip(graph.outputs, graph.structure.outputs, strict=True)):
        expected, name = shapes[position], output["node"]
        if "seed" in output and (stated := shape_of(output["seed"])) != expected:
            why = f"the seed of {name} has shape {list(stated)}, but {name} has shape {list(expected)}"
            yield Problem(code="shape.mismatch", at=f"/outputs/{place}/seed", message=why, node=name)
        elif "seed" not in output and expected != SCALAR and claims_gradients:
            why = f"gradients are stated, but {name} has shape {list(expected)} and no seed: give it one of that shape"
            yield Problem(code="seed.missing", at=f"/outputs/{place}", message=why, node=name)
