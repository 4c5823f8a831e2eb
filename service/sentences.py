"""One sentence a finding: the wire, what it says, what it is, why, and by how much it is off."""

from collections.abc import Iterator, Mapping
from decimal import Context, Decimal
from typing import Any, Literal, NamedTuple

from ..schema import Graph, Report
from .amounts import amount, beside, counted, rough
from .causes import cause
from .circuit import Circuit
from .reasons import REASONS

#: How a claim stands: `refuted` is to be corrected; `carried` is right given an earlier error or rounding;
#: `attributed` is right, and fails only beside a number that is wrong.
Kind = Literal["refuted", "carried", "attributed", "undecided", "consistent", "proved"]

#: One claim of a report, as its JSON says it.
Row = Mapping[str, Any]

_MIDDLE = Context(prec=60)


class Sentence(NamedTuple):
    """What is said of one claim; as text, `wire: words`."""

    wire: str
    kind: Kind
    words: str

    def __str__(self) -> str:
        return f"{self.wire}: {self.words}"


def sentences(report: Report, graph: Graph) -> Iterator[Sentence]:
    """One sentence for each claim that the report shows, in its order. `graph` is the one that was judged."""
    circuit = Circuit(graph)
    carried = {fault["at"]: len(fault["carried"]) for fault in report.first_faults or []}
    for row in report.claims or []:
        kind = kind_of(row)
        words = f"{_says(row, graph)}; {_verdict(row, kind, circuit)}"
        follow = carried.get(_address(row), 0)
        yield Sentence(row["wire"], kind, words + _first_fault(follow))


def _first_fault(follow: int) -> str:
    others = counted(follow, "other number hangs", "other numbers hang")
    return f"; the first fault: {others} on it" if follow else ""


def kind_of(row: Row) -> Kind:
    """How a claim stands, from its two verdicts and its fault."""
    local, overall = row["local"]["verdict"], row["global"]["verdict"]
    if local == "refuted":
        return "attributed" if row.get("fault", {}).get("from") and overall != "refuted" else "refuted"
    if overall == "refuted":
        return "carried"
    order: tuple[Kind, ...] = ("undecided", "consistent", "proved")
    return next(kind for kind in order if kind in (local, overall))


def _verdict(row: Row, kind: Kind, circuit: Circuit) -> str:
    if kind == "refuted":
        return _refuted(row, circuit)
    origin = _in_words(row.get("fault", {}).get("from"), circuit.graph)
    if kind == "attributed":
        return f"the inputs agree, but it does not follow from {origin}, which is wrong"
    truth = f"the inputs make it {_number(row, 'global')}" if _enclosure(row, "global") else ""
    if kind == "carried":
        why = f"right given {origin}, which is wrong" if origin else _because(row)
        return "; ".join(filter(None, [why, truth + _off(row)]))
    return "; ".join(filter(None, [truth, _because(row)])) or "its gates agree"


def _refuted(row: Row, circuit: Circuit) -> str:
    side = "global" if "kink-inadmissible" in row["reasons"] else "local"
    if not _enclosure(row, side):
        return _because(row)
    found = cause(circuit, row)
    why = f" ({found.why})" if found.why else ""
    return f"{found.what} {found.verb} it {_number(row, side)}{why}{_off(row)}"


def _because(row: Row) -> str:
    return "; ".join(REASONS[reason] for reason in row["reasons"])


def _says(row: Row, graph: Graph) -> str:
    field, _, _ = row["field"].partition("[")
    worst = _worst(row)
    place = f" at {worst['index']}" if worst else ""
    claim = _claim(row)
    if claim is None:
        written = f"a tensor of shape {row['shape']}"
    else:
        written = str(claim) if isinstance(claim, int | float) else amount(claim)
    return f"{_label(field, _operand(row, graph))}{place} says {written}"


def _label(field: str, operand: str | None) -> str:
    """The field in words."""
    return {
        "grad": "gradient",
        "local": f"local gradient toward {operand}",
        "downstream": f"gradient sent to {operand}",
    }.get(field, field)


def _operand(row: Row, graph: Graph) -> str | None:
    _, _, port = row["field"].partition("[")
    return graph.nodes[graph.structure.index[row["wire"]]].get("inputs", [])[int(port[:-1])] if port else None


def _in_words(address: str | None, graph: Graph) -> str:
    """An address such as `grad:x` or `local:f#0` as words."""
    if address is None:
        return ""
    field, _, rest = address.partition(":")
    wire, _, port = rest.partition("#")
    operand = graph.nodes[graph.structure.index[wire]].get("inputs", [])[int(port)] if port else None
    return f"the {_label(field, operand)} of {wire}"


def _address(row: Row) -> str:
    field, _, port = row["field"].partition("[")
    return f"{field}:{row['wire']}" + (f"#{port[:-1]}" if port else "")


def _worst(row: Row) -> Row | None:
    """The entry of a tensor claim that speaks most against it."""
    worst = row.get("worst")
    return worst[0] if worst else None


def _claim(row: Row) -> Any:
    worst = _worst(row)
    return worst["claim"] if worst else row["claim"]


def _enclosure(row: Row, side: str) -> list[str] | None:
    return row[side].get("enclosure")


def _number(row: Row, side: str) -> str:
    """What the number is: the middle of its enclosure, or the range where a kink leaves one."""
    low, high = (Decimal(end) for end in _enclosure(row, side) or [])
    if low != high and {"kink-inadmissible", "kink-admissible", "near-kink"} & set(row["reasons"]):
        return f"anything from {amount(float(low))} to {amount(float(high))}"
    middle = _MIDDLE.divide(_MIDDLE.add(low, high), Decimal(2))
    claim = _claim(row)
    differs = row[side]["verdict"] == "refuted" and isinstance(claim, int | float | str)
    return beside(middle, claim) if differs else amount(float(middle))


def _off(row: Row) -> str:
    """By how much a refuted claim is off: in half units of its last digit, or in what rounding explains."""
    size = {**row["global"].get("size", {}), **row["local"].get("size", {})}
    if "half_units" in size:
        return f"; off by {rough(size['half_units'])} half units of its last digit"
    return f"; off by {rough(size['allowances'])} times what rounding explains" if "allowances" in size else ""
