"""The op set as a catalogue, generated from the declarations, so that it cannot drift from what runs."""

from collections.abc import Mapping
from typing import Any, NamedTuple

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
    local = rule.local(Formulas(), Term("out"), operands)
    return Entry(
        name=rule.name,
        signature=f"{rule.name}({', '.join(rule.operands)})",
        formula=term(rule.forward(Formulas(), *operands)).text,
        local=tuple(f"d/d{name} = {term(gradient).text}" for name, gradient in zip(rule.operands, local, strict=True)),
        pattern=rule.pattern,
        kink=_kink(rule, operands),
        family=FAMILY_OF[rule.name],
        summary=rule.summary,
        composite=rule.composite,
        since=rule.since,
    )


def _kink(rule: Rule, operands: list[Term]) -> str | None:
    return f"{term(rule.distance(Formulas(), operands)).text} = 0" if rule.has_kink else None


#: Ops that belong to the format itself; every other op is declared in a family file.
FORMAT_OPS: Mapping[str, Mapping[str, Any]] = {
    "input": {"inputs": {"least": 0, "most": 0, "names": []}, "attrs": {}},
    "param": {"inputs": {"least": 0, "most": 0, "names": []}, "attrs": {}},
    "const": {"inputs": {"least": 0, "most": 0, "names": []}, "attrs": {}},
    "get": {"inputs": {"least": 1, "most": 1, "names": ["x"]}, "attrs": {"index": {"type": "int"}}},
}


def opset() -> dict[str, Any]:
    """The published form of the op set (format.md 18.3), which the schema layer reads op names from."""
    rows = {name: {"since": 1, "deprecated": False, "outputs": 1, **row} for name, row in FORMAT_OPS.items()}
    rows |= {rule.name: _published(rule) for rule in OPS.values()}
    return {"domain": "core", "version": CORE, "ops": dict(sorted(rows.items()))}


def _published(rule: Rule) -> dict[str, Any]:
    entry, count = _entry(rule), len(rule.operands)
    return {
        "since": rule.since,
        "deprecated": False,
        "outputs": 1,
        "attrs": {},
        "inputs": {
            "least": count,
            "most": count,
            "names": list(rule.operands),
            "differentiable": [True] * count,
        },
        "dtypes": "any" if rule.name == "identity" else "one floating dtype",
        "local": "elementwise",
        "kinks": [entry.kink] if entry.kink else [],
        "composite": rule.composite,
        "formula": entry.formula,
        "gradient": list(entry.local),
        "error": {
            "value": rule.error.value,
            "relative": rule.error.relative,
            "absolute": list(rule.error.absolute),
            "product": rule.error.product,
        },
    }
