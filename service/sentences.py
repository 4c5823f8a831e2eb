"""One sentence a finding: the wire, what it says, what it is, why, and by how much it is off."""

from collections.abc import Iterator
from decimal import Context, Decimal
from typing import NamedTuple

from ..engine.verify.seeds import with_seeds
from ..schema import Graph, Report
from .amounts import amount, beside, counted, rough
from .causes import cause
from .circuit import Circuit
from .entries import spoken_of
from .kinds import Kind, Row, kind_of
from .reasons import REASONS

_MIDDLE = Context(prec=60)

#: Beyond it "times what rounding explains" says no more than that rounding explains nothing.
_COUNTABLE = 1e100


class Sentence(NamedTuple):
    """What is said of one claim; as text, `wire: words`."""

    wire: str
    kind: Kind
    words: str

    def __str__(self) -> str:
        return f"{self.wire}: {self.words}"


def sentences(report: Report, graph: Graph) -> Iterator[Sentence]:
    """One sentence for each claim that the report shows, in its order. `graph` is the one that was judged."""
    circuit = Circuit(with_seeds(graph, report.policy.get("seeds", {}))[0])
    carried = {fault["at"]: len(fault["carried"]) for fault in report.first_faults or []}
    for row in report.claims or []:
        kind, told = kind_of(row), spoken_of(row)
        words = f"{_says(told, graph)}; {_verdict(told, kind, circuit)}"
        follow = carried.get(_address(row), 0)
        yield Sentence(row["wire"], kind, words + _first_fault(follow))


def _first_fault(follow: int) -> str:
    others = counted(follow, "other number hangs", "other numbers hang")
    return f"; the first fault: {others} on it" if follow else ""


def _verdict(row: Row, kind: Kind, circuit: Circuit) -> str:
    if kind == "refuted":
        return _refuted(row, circuit)
    origin = _in_words(row.get("fault", {}).get("from"), circuit.graph)
    if kind == "attributed":
        return f"the inputs agree, but it does not follow from {origin}, which is wrong"
    truth = f"{_place(row)}the inputs make it {_number(row, 'global')}" if _enclosure(row, "global") else ""
    if kind == "carried":
        wrong = "whose seed is not the one asked for" if "seed-differs" in row["reasons"] else "which is wrong"
        why = f"right given {origin}, {wrong}" if origin else _because(row)
        return "; ".join(filter(None, [why, truth + _off(row)]))
    return "; ".join(filter(None, [truth, _because(row)])) or _nothing_against(row)


def _place(row: Row) -> str:
    """Of which entry a number is told where the sentence began with the whole tensor."""
    return f"at {row['global']['index']} " if "shape" in row and "index" not in row else ""


def _nothing_against(row: Row) -> str:
    return "its gates agree at every entry" if "shape" in row else "its gates agree"


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
    place, claim = f" at {row['index']}" if "index" in row else "", row["claim"]
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


def _enclosure(row: Row, side: str) -> list[str] | None:
    return row[side].get("enclosure")


def _number(row: Row, side: str) -> str:
    """What the number is: the middle of its enclosure, or the range where a kink leaves one."""
    low, high = (Decimal(end) for end in _enclosure(row, side) or [])
    if low != high and {"kink-inadmissible", "kink-admissible", "near-kink"} & set(row["reasons"]):
        return f"anything from {amount(float(low))} to {amount(float(high))}"
    middle = _MIDDLE.divide(_MIDDLE.add(low, high), Decimal(2))
    claim = row["claim"]
    differs = row[side]["verdict"] == "refuted" and isinstance(claim, int | float | str)
    return beside(middle, claim) if differs else amount(float(middle))


def _off(row: Row) -> str:
    """By how much a refuted claim is off: in half units of its last digit, or in what rounding explains."""
    size = {**row["global"].get("size", {}), **row["local"].get("size", {})}
    if "half_units" in size:
        return f"; off by {rough(size['half_units'])} half units of its last digit"
    if "allowances" not in size:
        return ""
    if size["allowances"] > _COUNTABLE:
        return "; rounding explains no part of the difference"
    return f"; off by {rough(size['allowances'])} times what rounding explains"
