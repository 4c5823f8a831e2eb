"""The op set as a catalogue, generated from the declarations, so that it cannot drift from what runs."""

from typing import Any, NamedTuple

import orjson

from ..schema import LEAVES
from .dtypes import DTYPE_NAMES
from .numbers.formulas import Formulas, Term, term
from .registry import CORE, FAMILY_OF, OPS
from .rule import Pattern, Rule


class Entry(NamedTuple):
    """One op as people read it."""

    name: str
    signature: str
    formula: str
    local: tuple[str, ...]
    pattern: Pattern
    kink: str | None
    family: str
    summary: str
    composite: bool
    since: int


def ops() -> list[Entry]:
    """Every op of the core set, in the order of families and names."""
    return [_entry(rule) for rule in sorted(OPS.values(), key=_place)]


def _place(rule: Rule) -> tuple[str, str]:
    return FAMILY_OF[rule.name], rule.name


def _entry(rule: Rule) -> Entry:
    operands = [Term(name) for name in rule.operands]
    local = rule.local(Formulas(), Term("out"), operands) if rule.elementwise else ()
    return Entry(
        name=rule.name,
        signature=f"{rule.name}({', '.join(rule.operands)})",
        formula=term(rule.forward(Formulas(), *operands)).text if rule.elementwise else rule.summary,
        local=tuple(f"d/d{name} = {term(gradient).text}" for name, gradient in zip(rule.operands, local, strict=False)),
        pattern=rule.pattern,
        kink=_kink(rule, operands),
        family=FAMILY_OF[rule.name],
        summary=rule.summary,
        composite=rule.composite,
        since=rule.since,
    )


def _kink(rule: Rule, operands: list[Term]) -> str | None:
    return f"{term(rule.distance(Formulas(), operands)).text} = 0" if rule.has_kink else None


#: Leaves and `get` belong to the format itself (format.md 4.4); every other op is declared in a family file.
FORMAT_OPS: list[dict[str, Any]] = [
    *({"name": name, "attrs": {}, "inputs": {"least": 0, "most": 0, "operands": []}} for name in LEAVES),
    {
        "name": "get",
        "attrs": {"index": {"type": "int", "required": True}},
        "inputs": {"least": 1, "most": 1, "operands": [{"name": "x", "differentiable": True}]},
    },
]


def opset() -> dict[str, Any]:
    """The published form of the op set (format.md 18.3), from which the schema layer reads op names."""
    format_ops = [{**row, "since": 1, "deprecated": False, "outputs": 1} for row in FORMAT_OPS]
    return {"domain": "core", "opset": CORE, "ops": [*format_ops, *map(_published, sorted(OPS.values(), key=_place))]}


def published_opset() -> bytes:
    """The bytes of the published file, one op a line."""
    described = opset()
    rows = ",\n".join("    " + orjson.dumps(row).decode() for row in described["ops"])
    head = f'{{"domain": "{described["domain"]}", "opset": {described["opset"]}, "ops": [\n'
    return (head + rows + "\n]}\n").encode()


def _published(rule: Rule) -> dict[str, Any]:
    entry, count = _entry(rule), len(rule.operands)
    return {
        "name": rule.name,
        "since": rule.since,
        "deprecated": False,
        "outputs": rule.outputs,
        "attrs": {name: attribute.published() for name, attribute in rule.attributes.items()},
        "inputs": {
            "least": rule.least,
            "most": None if rule.variadic else count,
            "operands": [{"name": name, "differentiable": name not in rule.fixed} for name in rule.operands],
        },
        "dtypes": DTYPE_NAMES[rule.dtype],
        "local": "elementwise" if rule.elementwise else "none",
        "kinks": [entry.kink] if entry.kink else [],
        "composite": rule.composite,
        "formula": entry.formula,
        "gradient": list(entry.local),
        "error": {
            "value": rule.error.value,
            "relative": rule.error.relative,
            "absolute": list(rule.error.absolute),
            "logarithm": rule.error.logarithm,
            "product": rule.error.product,
        },
    }
