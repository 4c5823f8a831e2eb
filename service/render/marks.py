"""What a report says about the wires of a drawing."""

from collections.abc import Iterable, Mapping

from ...schema import Report
from ..kinds import kind_of

#: Kinds of findings that a drawing marks, the worst first, and their signs. A sign stands beside every colour.
SIGNS = {"refuted": "\u2717", "undecided": "?", "carried": "!", "right": "\u2713"}

#: What the signs mean, for whoever reads the notes of a drawing.
MEANINGS = {"refuted": "refuted", "undecided": "undecided", "carried": "right given an earlier error", "right": "right"}

#: (node, field) -> kind; fields are those of the report: value, grad, local[0], downstream[1].
Marks = Mapping[tuple[str, str], str]


def marks_of(report: Report | None) -> Marks:
    """The claims of a report that are wrong, cannot be decided, or follow from wrong ones."""
    claims = report.claims or () if report else ()
    found = {(claim["wire"], claim["field"]): worse([kind_of(claim)]) for claim in claims}
    return {place: kind for place, kind in found.items() if kind}


def worse(kinds: Iterable[str]) -> str:
    """The worst of some kinds that a drawing marks; "" if there is none."""
    given = set(kinds)
    return next((kind for kind in SIGNS if kind in given), "")
