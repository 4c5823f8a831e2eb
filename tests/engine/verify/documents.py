"""Small documents for the verifier's tests, and how to read its reports."""

from typing import Any

import chainrule as cr
from chainrule.schema import Graph, Report


def document(expression: str, claims: dict[str, Any], **values: Any) -> Graph:
    """The circuit of an expression with claims such as `{"x.grad": "0.20"}` written in."""
    graph = cr.parse(expression, values)
    rows: list[Any] = [dict(node) for node in graph.nodes]
    index = graph.structure.index
    for place, number in claims.items():
        wire, field = place.rsplit(".", 1)
        rows[index[wire]][field] = number
    return graph.with_nodes(rows)


def claim(report: Report, wire: str, field: str = "grad") -> dict[str, Any]:
    """The report's row on one claim."""
    rows = [row for row in report.model_dump(by_alias=True)["claims"] if (row["wire"], row["field"]) == (wire, field)]
    assert len(rows) == 1, f"{wire} {field} is not judged once"
    return rows[0]


def verdicts(report: Report, wire: str, field: str = "grad") -> tuple[str, str]:
    """Local and global verdict on one claim."""
    row = claim(report, wire, field)
    return row["local"]["verdict"], row["global"]["verdict"]
