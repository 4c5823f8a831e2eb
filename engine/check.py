"""Stage 6 of reading: what needs the op's own rule, namely arity, dtypes and shapes (format.md 3)."""

from collections.abc import Iterator, Sequence
from typing import Any

from ..schema import Document, DocumentError, Graph, Node, Problem
from ..schema.problem import Problems
from ..schema.structure import Structure
from ..schema.tensor import shape_of
from .dtypes import ANY_FLOATING, FLOATING, DtypeFault
from .flat import Flat, bound_rule, flatten
from .registry import OPS
from .room import too_large
from .rule import Rule
from .shape import SCALAR, Shape, ShapeFault
from .surrogates import problem_of

__all__ = ["FLOATING", "check", "shapes_of"]


def check(document: Document) -> Document:
    """The document itself if every rule of the format holds, stage 6 included.

    Raises DocumentError with every problem, each with its place and the mend.
    """
    if isinstance(document, Graph):
        shapes_of(flatten(document))
    return document


def shapes_of(flat: Flat) -> list[Shape]:
    """The shape of every wire of a flat graph; DocumentError, with places in the document, if a rule is broken."""
    problems = Problems()
    shapes = _infer(flat.graph, problems)
    for problem in _gate_locals(flat, shapes):
        problems.add(problem)
    if problems:
        raise DocumentError.of(_at_home(problems, flat))
    return shapes


def _infer(graph: Graph, problems: Problems) -> list[Shape]:
    shapes: list[Shape] = []
    structure = graph.structure
    for position, node in enumerate(graph.nodes):
        shapes.append(_node_shape(position, node, structure, shapes, problems))
    for problem in _surrogates_among_tensors(graph):
        problems.add(problem)
    for position, node in enumerate(graph.nodes):
        for problem in _stated_shapes(position, node, structure, shapes):
            problems.add(problem)
    for problem in _seeds(graph, shapes):
        problems.add(problem)
    for problem in too_large(graph, shapes):
        problems.add(problem)
    return shapes


def _gate_locals(flat: Flat, shapes: Sequence[Shape]) -> Iterator[Problem]:
    """Local gradients of collapsed gates: members that work entry by entry, and the shape of what leaves."""
    nodes = flat.graph.nodes
    for gate in flat.gates:
        stated = [raw for raw in gate.local if raw is not None]
        whole = next((nodes[k]["op"] for k in gate.members if not _works_entrywise(nodes[k])), None)
        at = f"/nodes/{gate.exit}/local"
        if stated and whole is not None:
            why = f"{gate.id} states local gradients, but {whole} inside has none: leave them null"
            yield Problem(code="annotation.local", at=at, message=why, node=gate.id)
        elif wrong := [raw for raw in stated if shape_of(raw) != shapes[gate.exit]]:
            shape, expected = list(shape_of(wrong[0])), list(shapes[gate.exit])
            why = f"{gate.id} states a local gradient with shape {shape}; what leaves the gate has {expected}"
            yield Problem(code="shape.mismatch", at=at, message=why, node=gate.id)


def _works_entrywise(node: Node) -> bool:
    rule = OPS.get(node["op"])
    return rule is None or rule.elementwise


def _at_home(problems: Problems, flat: Flat) -> Problems:
    """The problems with pointers into the document that was made flat."""
    moved = Problems()
    for problem in problems:
        _, part, position, *rest = problem.at.split("/")
        if part == "nodes":
            place = flat.places[int(position)] if flat.places else ("nodes", position)
            problem = problem.model_copy(update={"at": "/".join(["", *map(str, place), *rest])})
        moved.add(problem)
    moved.truncated = problems.truncated
    return moved


def _node_shape(position: int, node: Node, structure: Structure, shapes: list[Shape], problems: Problems) -> Shape:
    rule = OPS.get(node["op"])
    if rule is None:
        return _leaf_shape(node)
    operands = structure.operands[position]
    if "surrogate" in node and (why := problem_of(rule, node, len(operands))) is not None:
        problems.add(_problem("field.value", position, "surrogate", node, why))
        return SCALAR
    if not rule.accepts(len(operands)):
        problems.add(_arity(position, node, rule))
        return SCALAR
    for problem in _dtypes(position, node, rule, structure):
        problems.add(problem)
    try:
        bound = bound_rule(node)
        assert bound is not None
        return bound.infer([shapes[k] for k in operands])
    except ShapeFault as fault:
        problems.add(_misfit(position, node, fault))
        return SCALAR


def judged_alone(node: Node, towards: Sequence[str], dtype: str) -> bool:
    """True if a gate between scalars of these dtypes, which makes a scalar of its own dtype, breaks no rule."""
    place, problems = len(towards), Problems()
    names, operands = [f"x{k}" for k in range(place)], [*([()] * place), tuple(range(place))]
    structure = Structure([*names, node["id"]], {}, [], operands, [*towards, dtype], [])
    shape = _node_shape(place, node, structure, [SCALAR] * place, problems)
    return shape == SCALAR and not problems


def _surrogates_among_tensors(graph: Graph) -> Iterator[Problem]:
    """Ops on whole tensors pull back by themselves: no surrogate is followed beside them."""
    stated = [(position, node) for position, node in enumerate(graph.nodes) if "surrogate" in node]
    rules = {node["op"]: OPS.get(node["op"]) for node in graph.nodes} if stated else {}
    if any(rule is not None and not rule.elementwise for rule in rules.values()):
        for position, node in stated:
            why = "declares a surrogate beside ops on whole tensors, which this version does not run: leave it out"
            yield _problem("field.value", position, "surrogate", node, why)


def _leaf_shape(node: Node) -> Shape:
    return shape_of(node["value"]) if "value" in node else tuple(node.get("shape", ()))


def _problem(code: str, position: int, place: str, node: Node, why: str) -> Problem:
    return Problem(code=code, at=f"/nodes/{position}/{place}", message=f"{node['id']} {why}", node=node["id"])


def _arity(position: int, node: Node, rule: Rule) -> Problem:
    count, least, most = len(node.get("inputs", [])), rule.least, len(rule.operands)
    given = "1 operand" if count == 1 else f"{count} operands"
    takes = f"{least} or more" if rule.variadic else str(least) if least == most else f"{least} to {most}"
    why = f"gives {rule.name} {given}; it takes {takes} ({', '.join(rule.operands)})"
    return _problem("op.arity", position, "inputs", node, why)


def _dtypes(position: int, node: Node, rule: Rule, structure: Structure) -> Iterator[Problem]:
    """The operands' dtypes against what the op takes, and the node's own against what the op makes."""
    names = [structure.ids[k] for k in structure.operands[position]]
    dtypes = [structure.dtypes[k] for k in structure.operands[position]]
    try:
        made = rule.dtype(dtypes, rule.bound(node.get("attrs", {})).values)
    except DtypeFault as fault:
        why = f"reads {names[fault.port]}, which is {dtypes[fault.port]}; {rule.name} takes {fault.takes} there"
        yield _problem("dtype.mismatch", position, f"inputs/{fault.port}", node, why)
        return
    own = structure.dtypes[position]
    if made != own and not (made == ANY_FLOATING and own in FLOATING):
        why = f"is {own}, but {rule.name} of these operands makes {made}: state that dtype"
        yield _problem("dtype.mismatch", position, "dtype", node, why)


def _misfit(position: int, node: Node, fault: ShapeFault) -> Problem:
    if fault.attribute is not None:
        return _problem("attr.value", position, f"attrs/{fault.attribute}", node, fault.why)
    return _problem("shape.operands", position, "inputs", node, fault.why)


def _stated_shapes(position: int, node: Node, structure: Structure, shapes: list[Shape]) -> Iterator[Problem]:
    """Every number of a node against the shape that the rules give."""
    own = shapes[position]
    if "shape" in node and tuple(node["shape"]) != own:
        yield _shape_problem(position, node, "shape", tuple(node["shape"]), own)
    for name in ("value", "grad"):
        raw: Any = node.get(name)
        if raw is not None and (stated := shape_of(raw)) != own:
            yield _shape_problem(position, node, name, stated, own)
    rule = OPS.get(node["op"])
    if rule is not None and not rule.elementwise and any(entry is not None for entry in node.get("local", ())):
        why = f"states local gradients; {node['op']} has none, because a full Jacobian is not written: leave them null"
        yield _problem("annotation.local", position, "local", node, why)
        return
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
