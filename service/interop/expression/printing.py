"""`unparse`: a graph as the text of an expression that reads back as the same shape of graph."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ....schema import LEAVES, Graph, Node, Problem
from ..errors import InteropError
from .guards import LONGEST_TEXT
from .spelling import is_name, literal, names_of

#: Gates up to which one expression is read with ease; it also keeps the text inside the reader's guards.
_MOST_NESTED = 60


class _Text(NamedTuple):
    """A piece of an expression and how strongly it binds."""

    text: str
    strength: int

    def within(self, strength: int) -> str:
        """The piece as an operand of a sign of that strength."""
        return self.text if self.strength >= strength else f"({self.text})"


_SUM, _PRODUCT, _PREFIX, _POWER, _ATOM = range(1, 6)
#: Sign and strength; of the strengths of the operands, a power wants more on its left, the others on their right.
_INFIX = {
    "add": (" + ", _SUM, _SUM, _PRODUCT),
    "sub": (" - ", _SUM, _SUM, _PRODUCT),
    "mul": (" * ", _PRODUCT, _PRODUCT, _PREFIX),
    "div": (" / ", _PRODUCT, _PRODUCT, _PREFIX),
    "matmul": (" @ ", _PRODUCT, _PRODUCT, _PREFIX),
    "pow": ("**", _POWER, _ATOM, _PREFIX),
}


def unparse(graph: Graph) -> str:
    """One expression if every gate is used once and they are few, else one statement a gate.

    Leaf values are no part of the text: give them to `parse` again, with the document's dtype. Numbers of constants
    that a plain literal cannot say are written ``const(-2)``.
    Raises InteropError for what the grammar lacks: several outputs, surrogates, leaf ids that are no names.

    >>> from chainrule.service.interop.expression import parse
    >>> unparse(parse("q = x + y; f = q * z"))
    'f = (x + y) * z'
    """
    _refuse(_unprintable(graph))
    text = _nested(graph) if _is_tree(graph) else _statements(graph)
    if len(text) > LONGEST_TEXT:
        message = f"the text would have {len(text):,} characters; the grammar reads {LONGEST_TEXT:,}"
        _refuse([Problem(code="import.unsupported", at="", message=message)])
    return text


def _refuse(problems: Sequence[Problem]) -> None:
    if problems:
        raise InteropError(problems)


def _unprintable(graph: Graph) -> list[Problem]:
    found = [] if len(graph.outputs) == 1 else [("/outputs", f"an expression has one output, not {len(graph.outputs)}")]
    for place, row in enumerate(graph.nodes):
        if row["op"] in ("input", "param") and not is_name(row["id"]):
            found.append((f"/nodes/{place}/id", f"{row['id']} is no name of an expression; rename the leaf"))
        if "surrogate" in row:
            found.append((f"/nodes/{place}/surrogate", f"{row['id']}: an expression cannot declare a surrogate"))
    return [Problem(code="import.unsupported", at=at, message=message) for at, message in found]


def _is_tree(graph: Graph) -> bool:
    uses = Counter(operand for row in graph.nodes for operand in row.get("inputs", ()))
    uses.update(output["node"] for output in graph.outputs)
    gates = [row["id"] for row in graph.nodes if row["op"] not in LEAVES]
    return len(gates) <= _MOST_NESTED and all(uses[gate] == 1 for gate in gates)


def _nested(graph: Graph) -> str:
    output = graph.outputs[0]["node"]
    texts: dict[str, _Text] = {}
    for row in graph.nodes:
        texts[row["id"]] = _leaf(row, graph) or _gate(row, texts)
    is_named = any(row["id"] == output and row["op"] not in LEAVES for row in graph.nodes) and is_name(output)
    return f"{output} = {texts[output].text}" if is_named and output != "out" else texts[output].text


def _statements(graph: Graph) -> str:
    names = names_of(graph.nodes)
    atoms = {row["id"]: _leaf(row, graph) or _Text(names[row["id"]], _ATOM) for row in graph.nodes}
    lines = [f"{names[row['id']]} = {_gate(row, atoms).text}" for row in graph.nodes if row["op"] not in LEAVES]
    output = atoms[graph.outputs[0]["node"]].text
    is_last = bool(lines) and lines[-1].startswith(f"{output} = ")
    return "\n".join(lines if is_last else [*lines, output])


def _leaf(row: Node, graph: Graph) -> _Text | None:
    if row["op"] == "const":
        return _Text(literal(row, graph.dtype or "float64"), _ATOM)
    return _Text(row["id"], _ATOM) if row["op"] in LEAVES else None


def _gate(row: Node, texts: Mapping[str, _Text]) -> _Text:
    operands = [texts[operand] for operand in row.get("inputs", ())]
    if row["op"] in _INFIX:
        sign, strength, left, right = _INFIX[row["op"]]
        return _Text(f"{operands[0].within(left)}{sign}{operands[1].within(right)}", strength)
    if row["op"] == "neg":
        return _Text(f"-{operands[0].within(_PREFIX)}", _PREFIX)
    attributes = [f"{name}={value!r}" for name, value in row.get("attrs", {}).items()]
    return _Text(f"{row['op']}({', '.join([*(operand.text for operand in operands), *attributes])})", _ATOM)
