"""What a report says about the wires of a drawing."""

from collections.abc import Iterable, Mapping
from typing import Any

from ...schema import Report

#: Verdicts that a drawing marks, the worse first, and their signs. A sign stands beside every colour.
SIGNS = {"refuted": "\u2717", "undecided": "?"}

#: (node, field) -> verdict; fields are those of the report: value, grad, local[0], downstream[1].
Marks = Mapping[tuple[str, str], str]


def marks_of(report: Report | None) -> Marks:
    """The refuted and undecided claims of a report; the worse of the local and the global verdict counts."""
    claims = report.claims or () if report else ()
    found = {(claim["wire"], claim["field"]): _verdict(claim) for claim in claims}
    return {place: verdict for place, verdict in found.items() if verdict}


def _verdict(claim: Mapping[str, Any]) -> str:
    return worse(claim[judge]["verdict"] for judge in ("local", "global") if judge in claim)


def worse(verdicts: Iterable[str]) -> str:
    """The worst of some verdicts that a drawing marks; "" if there is none."""
    given = set(verdicts)
    return next((verdict for verdict in SIGNS if verdict in given), "")
