"""The lines of fixtures/claims/adversarial.jsonl as documents: a function, its inputs, and what is claimed of it."""

import json
from collections.abc import Mapping
from typing import Any

import chainrule as cr
from chainrule.schema import Graph

from .documents import FIXTURES, with_claims

Case = Mapping[str, Any]


def cases() -> list[Case]:
    """Every line of the file."""
    text = (FIXTURES / "claims" / "adversarial.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]


def document(case: Case) -> Graph:
    """The graph of a case with its claims written in. DocumentError if this version lacks an op of it."""
    return with_claims(_graph(case), {address: tensor(number) for address, number in case["claim"].items()})


def tensor(number: Any) -> Any:
    """A number or a nested list, with the abbreviations of the file spelt out; all of them are vectors."""
    if not isinstance(number, dict):
        return number
    if "linspace" in number:
        first, last, count = number["linspace"]
        return [first + (last - first) * i / (count - 1) for i in range(count)]
    (length,) = number["shape"]
    changed = dict(number.get("set", ()))
    return [changed.get(i, number["fill"]) for i in range(length)]


def _graph(case: Case) -> Graph:
    header = {"dtype": case.get("dtype"), "accumulate": case.get("accumulate")}
    if "graph" in case:
        return Graph.build(**{**header, **case["graph"]})
    values = {name: tensor(value) for name, value in case["inputs"].items()}
    return cr.parse(case["expression"], values, dtype=case.get("dtype", "float64"))
