"""Why a number is what it is: the equation that it fails, in the words of the lecture."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from .amounts import times
from .circuit import Branch, Circuit
from .gates import manner

_MOST_BRANCHES = 4


class Cause(NamedTuple):
    """`what` `verb` a number what it is; `why` names the rule behind it."""

    what: str
    verb: str = "makes"
    why: str = ""


def cause(circuit: Circuit, row: Mapping[str, Any]) -> Cause:
    """What makes the number of a claim (a row of a report) what it has to be."""
    wire, (field, _, port) = row["wire"], row["field"].partition("[")
    if "kink-inadmissible" in row["reasons"]:
        return Cause(_kink(row), "allows", "every slope between those on its two sides")
    if field == "grad" and (rooted := _root(circuit, row)):
        return rooted
    if "shape" in row:
        return Cause("the numbers around it", "make")
    if field == "value" and circuit.rule(wire) is None:
        return Cause("the graph", "gives")
    if field == "value":
        return Cause(f"{circuit.equation(wire)} = {circuit.arithmetic(wire)}")
    if field == "grad":
        return _gradient(circuit, row)
    gate = circuit.rule(wire)
    assert gate is not None
    if field == "local":
        operand = circuit.operands(wire)[int(port[:-1])]
        return Cause(f"d {wire} / d {operand} = {circuit.slope(wire, int(port[:-1]))}", why=manner(gate.name))
    branch = circuit.branch(wire, int(port[:-1]))
    return Cause(f"local × upstream = {times(branch.local.text, branch.upstream.text)}", why=manner(gate.name))


def _kink(row: Mapping[str, Any]) -> str:
    """The kink behind a claim, with its gate where there is only one."""
    gates = row.get("kinks", {}).get("gates", [])
    return f"the kink of {gates[0]}" if len(gates) == 1 else "a kink"


def _root(circuit: Circuit, row: Mapping[str, Any]) -> Cause | None:
    """Why a gradient is what it is that no gate sends; a tensor's entry is told like a scalar's."""
    if circuit.is_dead(row["wire"]):
        return Cause("no output depends on it, which")
    if circuit.branches[row["wire"]]:
        return None
    return Cause("the seed asked for" if _is_asked(row) else "it is an output, and its seed")


def _gradient(circuit: Circuit, row: Mapping[str, Any]) -> Cause:
    wire = row["wire"]
    branches = [circuit.branch(gate, port) for gate, port in circuit.branches[wire]]
    seeded = circuit.is_output(wire)
    if len(branches) == 1 and not seeded:
        return _single(circuit, branches[0])
    if len(branches) > _MOST_BRANCHES:
        return Cause(f"its {len(branches)} branches", "make", "branches add")
    terms = " + ".join(f"{branch.sent.text} from {branch.gate}" for branch in branches)
    seed = "the seed asked for" if _is_asked(row) else "its seed"
    return Cause(f"{seed} + {terms}" if seeded else terms, "make", "branches add")


def _is_asked(row: Mapping[str, Any]) -> bool:
    """True if the task asks for another seed than the one that the document follows."""
    return "seed-differs" in row["reasons"]


def _single(circuit: Circuit, branch: Branch) -> Cause:
    rule, operands = circuit.rule(branch.gate), circuit.operands(branch.gate)
    assert rule is not None
    if rule.name == "mul":
        other = operands[1 - branch.port]
        return Cause(f"{other} = {circuit.value(other).text}", why=manner(rule.name))
    return Cause(f"{branch.gate} sends {times(branch.local.text, branch.upstream.text)}, which", why=manner(rule.name))
