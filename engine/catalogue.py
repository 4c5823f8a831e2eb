"""The op set as a catalogue, generated from the declarations, so that it cannot drift from what runs."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import orjson

from ..schema import LEAVES
from .attributes import Attribute
from .dtypes import DTYPE_NAMES, floating
from .numbers.formulas import Formulas, Term, term
from .registry import CORE, FAMILY_OF, OPS
from .rule import Pattern, Rule
from .spoken import body_text, pullback_texts


class Entry(NamedTuple):
    """One op as people read it.

    `local` are the local gradients of an op that works entry by entry, and what the pullback of another sends to each
    operand; `body` is what a composite collapses. Both are printed from what runs, at the example of the declaration.
    """

    name: str
    signature: str
    formula: str
    local: tuple[str, ...]
    pattern: Pattern
    kink: str | None
    jump: str | None
    family: str
    summary: str
    composite: bool
    since: int
    body: str | None
    domain: str | None
    elementwise: bool
    #: True if entries compete, and the gradient at a tie is shared.
    ties: bool


def ops() -> list[Entry]:
    """Every op of the core set, in the order of families and names."""
    return [_entry(rule) for rule in sorted(OPS.values(), key=_place)]


def _place(rule: Rule) -> tuple[str, str]:
    return FAMILY_OF[rule.name], rule.name


def _entry(rule: Rule) -> Entry:
    spoken = rule.spoken({name: _spoken(name, attribute) for name, attribute in rule.attributes.items()})
    operands = _operands(rule)
    return Entry(
        name=rule.name,
        signature=_signature(rule),
        formula=term(spoken.forward(Formulas(), *operands)).text if rule.elementwise else rule.summary,
        local=tuple(_gradients(spoken, operands)) if rule.elementwise else pullback_texts(rule),
        pattern=rule.pattern,
        kink=_kink(spoken, operands),
        jump=_jump(spoken, operands),
        family=FAMILY_OF[rule.name],
        summary=rule.summary,
        composite=rule.composite,
        since=rule.since,
        body=body_text(rule),
        domain=rule.domain,
        elementwise=rule.elementwise,
        ties=rule.can_tie and not rule.elementwise and rule.dtype is floating,
    )


def _spoken(name: str, attribute: Attribute) -> Any:
    """A real by its name; of words and other attributes the default; a dtype is a floating one."""
    if attribute.type == "real":
        return Term(name)
    if attribute.type == "dtype":
        return "float64"
    return None if attribute.default is None else attribute.read(attribute.default)


def _operands(rule: Rule) -> list[Term]:
    """The operands by name; of any number of them two, and dots."""
    last = len(rule.operands) - 1
    names = [rule.name_of(port) for port in range(last + 2)] if rule.variadic else rule.operands
    return [*map(Term, names), *([Term("...")] if rule.variadic else [])]


def _signature(rule: Rule) -> str:
    operands = [f"{name}?" if port >= rule.least else name for port, name in enumerate(rule.operands)]
    if rule.variadic:
        operands[-1] = f"{rule.name_of(len(operands) - 1)}, ..."
    attributes = [_default(name, attribute) for name, attribute in rule.attributes.items()]
    return f"{rule.name}({', '.join(operands)}{'; ' if attributes else ''}{', '.join(attributes)})"


def _default(name: str, attribute: Attribute) -> str:
    return name if attribute.default is None else f"{name}={orjson.dumps(attribute.default).decode()}"


def _gradients(rule: Rule, operands: list[Term]) -> Iterator[str]:
    """The local gradients toward operands that may have one."""
    gradients = rule.local(Formulas(), Term("out"), operands)
    for port, gradient in enumerate(gradients[: len(rule.operands)]):
        if not rule.is_fixed(port):
            yield f"d/d{operands[port].text} = {term(gradient).text}"


def _kink(rule: Rule, operands: list[Term]) -> str | None:
    return f"{term(rule.distance(Formulas(), operands)).text} = 0" if rule.has_kink else None


def _jump(rule: Rule, operands: list[Term]) -> str | None:
    distance = rule.to_jump(Formulas(), operands)
    # A number is never 0: with these attributes nothing jumps.
    return None if distance is None or term(distance).text.isdigit() else f"{term(distance).text} = 0"


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
        "jumps": [entry.jump] if entry.jump else [],
        "composite": rule.composite,
        "body": entry.body,
        "domain": entry.domain,
        "formula": entry.formula,
        "gradient": list(entry.local),
        "error": {
            "value": rule.error.value,
            "relative": rule.error.relative,
            "absolute": list(rule.error.absolute),
            "logarithm": rule.error.logarithm,
            "product": rule.error.product,
            "operands": rule.error.operands,
            "steep": list(rule.error.steep),
            "square": rule.error.square,
            "double": rule.error.double,
        },
    }
