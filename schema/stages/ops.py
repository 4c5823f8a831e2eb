"""Stage 5: each node's op, attributes, and annotations that stand in arrays (format.md 4.4, 4.6 and 8)."""

from collections.abc import Mapping
from typing import Any, get_args

from ..dtype import SAFE_INTEGER, Dtype
from ..function import Function, called
from ..grammar import NONFINITE
from ..jsontypes import is_list
from ..node import ANNOTATIONS, LEAVES, Node
from ..number_faults import number_fault
from ..opset import Attribute, OpEntry, core_ops
from ..wording import alternatives, nearest, nearest_clause, nearest_op, shown
from .findings import Findings, Path
from .vocabulary import Vocabulary

_GET = "get"


def judge_op(i: int, row: Node, vocabulary: Vocabulary, found: Findings) -> None:
    """Judge one node's op, and by its entry or function the attributes and operands."""
    entry = core_ops().get(row["op"])
    name = called(row["op"])
    if entry is not None:
        if entry.since > vocabulary.opset:
            message = (
                f"{row['id']}: {entry.name} came with op set {entry.since}, "
                f"the document declares {vocabulary.opset}: raise it"
            )
            found.add("op.since", ("nodes", i, "op"), message, node=row["id"])
        _judge_attributes(i, row, entry, found)
        _judge_format_op(i, row, found)
    elif name is not None:
        _judge_call(i, row, name, vocabulary, found)
    else:
        _unknown(i, row, found)
    if "surrogate" in row and row["surrogate"]["rule"] == "function":
        _judge_surrogate(i, row, row["surrogate"]["fn"], vocabulary, found)


def judge_annotations(i: int, row: Node, vocabulary: Vocabulary, found: Findings) -> None:
    """Judge whether the node may carry what is stated on it, and has one entry for each operand."""
    who = row["id"]
    _judge_lengths(i, row, found)
    if vocabulary.is_tuple(row):
        for name in ANNOTATIONS:
            if name in row:
                message = f"{who} makes a tuple and carries no {name}: state it on the get nodes that read it"
                found.add("annotation.tuple", ("nodes", i, name), message, node=who)


def judge_tuples(i: int, row: Node, operands: list[Node], vocabulary: Vocabulary, found: Findings) -> None:
    """Judge who takes tuple-valued nodes."""
    for k, operand in enumerate(operands):
        _judge_taken(i, k, row, operand, vocabulary, found)


def _judge_taken(i: int, k: int, row: Node, operand: Node, vocabulary: Vocabulary, found: Findings) -> None:
    who, name, at = row["id"], operand["id"], ("nodes", i, "inputs", k)
    size = vocabulary.components(operand)
    if size is None:
        return
    if row["op"] != _GET:
        if size != 1:
            found.add("ref.tuple", at, f"{who} takes {name}, which makes a tuple: read it by a get node", node=who)
    elif size == 1:
        message = f"{who} gets from {name}, which makes a single tensor: take it without get"
        found.add("ref.not_tuple", at, message, node=who)
    elif type(index := row.get("attrs", {}).get("index")) is int and not 0 <= index < size:
        message = f"{who} gets component {index} of {name}, which has {size}: count from 0"
        found.add("ref.index", ("nodes", i, "attrs", "index"), message, node=who)


def _unknown(i: int, row: Node, found: Findings) -> None:
    who, op, at = row["id"], row["op"], ("nodes", i, "op")
    if ":" in op:
        domain = op.partition(":")[0]
        message = f"{who}: the op {shown(op)} is of the domain {domain}, which opset does not list"
        found.add("opset.undeclared", at, message, node=who)
    else:
        known = nearest_op(op, core_ops())
        message = f"{who}: there is no op {shown(op)}; nearest: {', '.join(known)}"
        found.add("op.unknown", at, message, node=who, nearest=known)


def _judge_call(i: int, row: Node, name: str, vocabulary: Vocabulary, found: Findings) -> None:
    who = row["id"]
    if known_function(name, ("nodes", i, "op"), who, vocabulary.functions, found):
        _judge_parameters(name, row, ("nodes", i, "inputs") if "inputs" in row else ("nodes", i), vocabulary, found)
    for attribute in row.get("attrs", {}):
        message = f"{who}: a call has no attributes: hand {shown(attribute)} over as an operand, or write a function"
        found.add("attr.unknown", ("nodes", i, "attrs", attribute), message, node=who)


def _judge_surrogate(i: int, row: Node, name: str, vocabulary: Vocabulary, found: Findings) -> None:
    at = ("nodes", i, "surrogate", "fn")
    if not known_function(name, at, row["id"], vocabulary.functions, found):
        return
    _judge_parameters(name, row, at, vocabulary, found)
    if len(vocabulary.functions[name]["outputs"]) != 1:
        message = f"{row['id']}: the backward rule {name} makes a tuple: declare a function of one output"
        found.add("ref.tuple", at, message, node=row["id"])


def known_function(name: str, at: Path, who: str, functions: Mapping[str, Function], found: Findings) -> bool:
    """Whether the document has the function; a problem if not."""
    if name in functions:
        return True
    known = nearest(name, functions)
    mend = nearest_clause(known) if known else ": add it to functions"
    message = f"{who} names the function {shown(name)}, which the document does not have{mend}"
    found.add("function.unknown", at, message, node=who, nearest=known)
    return False


def _judge_parameters(name: str, row: Node, at: Path, vocabulary: Vocabulary, found: Findings) -> None:
    expected, count = len(vocabulary.functions[name]["params"]), len(row.get("inputs", []))
    if count != expected:
        message = f"{row['id']} hands {count} operands to {name}, which has {expected} parameters: give one for each"
        found.add("op.arity", at, message, node=row["id"])


def _judge_format_op(i: int, row: Node, found: Findings) -> None:
    """The four ops that belong to the format itself."""
    who, op = row["id"], row["op"]
    if op not in LEAVES and op != _GET:
        return
    expected, count = int(op == _GET), len(row.get("inputs", []))
    if count != expected:
        message = f"{who}: {op} takes {expected} operands, {count} are given"
        found.add("op.arity", ("nodes", i, "inputs") if "inputs" in row else ("nodes", i), message, node=who)
    if op == "const" and "value" not in row:
        found.add("const.no_value", ("nodes", i), f"{who}: a const has a value: state it", node=who)


def _judge_lengths(i: int, row: Node, found: Findings) -> None:
    count = len(row.get("inputs", []))
    for name in ("local", "downstream"):
        entries = row.get(name, [])
        if name in row and len(entries) != count:
            message = (
                f"{row['id']}: {name} has {len(entries)} entries for {count} operands: write null for what is open"
            )
            found.add("annotation.length", ("nodes", i, name), message, node=row["id"])


def _judge_attributes(i: int, row: Node, entry: OpEntry, found: Findings) -> None:
    who, attrs = row["id"], row.get("attrs", {})
    for name, value in attrs.items():
        at = ("nodes", i, "attrs", name)
        if name not in entry.attrs:
            _unknown_attribute(at, who, name, entry, found)
        elif fault := attribute_fault(value, entry.attrs[name]):
            code, expected = fault
            found.add(code, at, f"{who}: {name} is {shown(value)}; expected {expected}", node=who)
    for name, attribute in entry.attrs.items():
        if attribute.required and name not in attrs:
            at = ("nodes", i, "attrs") if "attrs" in row else ("nodes", i)
            found.add("attr.missing", at, f"{who}: {entry.name} needs the attribute {name}: add it to attrs", node=who)


def _unknown_attribute(at: Path, who: str, name: str, entry: OpEntry, found: Findings) -> None:
    known = nearest(name, entry.attrs)
    has = f"it has {alternatives(entry.attrs)}" if entry.attrs else "it has none"
    message = f"{who}: {entry.name} has no attribute {shown(name)}; {has}{nearest_clause(known)}"
    found.add("attr.unknown", at, message, node=who, nearest=known)


def attribute_fault(value: Any, attribute: Attribute) -> tuple[str, str] | None:
    """The code of what is wrong with an attribute's value, and what is expected; None if nothing is."""
    match attribute.type:
        case "int":
            return None if _is_int(value) else ("attr.type", "an integer, written without point")
        case "bool":
            return None if isinstance(value, bool) else ("attr.type", "true or false")
        case "real":
            return _real_fault(value)
        case "string":
            return _choice_fault(value, attribute.values)
        case "dtype":
            return _choice_fault(value, get_args(Dtype))
        case "ints" | "shape":
            return None if _all(value, _is_int) else ("attr.type", "an array of integers, written without point")
        case "reals":
            if not is_list(value):
                return "attr.type", "an array of numbers"
            return next((fault for entry in value if (fault := _real_fault(entry))), None)


def _is_int(value: Any) -> bool:
    return type(value) is int and abs(value) <= SAFE_INTEGER


def _all(value: Any, check: Any) -> bool:
    return is_list(value) and all(check(entry) for entry in value)


def _real_fault(value: Any) -> tuple[str, str] | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return "attr.type", "a finite number"
    if value in NONFINITE:
        return "value.nonfinite", "a finite number"
    fault = number_fault(value, "float64", finite=True)
    return (fault.code, "a finite number") if fault else None


def _choice_fault(value: Any, values: tuple[str, ...]) -> tuple[str, str] | None:
    if not isinstance(value, str):
        return "attr.type", "a string"
    return None if value in values else ("attr.value", alternatives(values))
