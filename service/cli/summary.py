"""The summary of a verification: a row a document, and one for all of them."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from ...engine.verify.report import overall
from ...schema import Report
from ..tables import table

_VERDICTS = ("proved", "consistent", "undecided", "refuted")

#: What the last column says, from best to worst.
_WORST_LAST = ("nothing claimed", *_VERDICTS, "unreadable")

#: Warnings that concern a whole document; those on single numbers stand in the report.
_TOLD = frozenset({"zero-seed"})


class Row(NamedTuple):
    """One row: how many numbers got which verdict, and the verdict that counts."""

    name: str
    local: Counter[str]
    overall: Counter[str]
    verdict: str
    warned: Sequence[str] = ()

    def cells(self) -> list[str]:
        """The row as text."""
        return [self.name, str(self.local.total() or ""), _tally(self.local), _tally(self.overall), self.verdict]


def row_of(name: str, report: Report) -> Row:
    """The row of a document that could be judged."""
    assert report.counts is not None
    local, global_ = Counter[str](report.counts["local"]), Counter[str](report.counts["global"])
    verdict = overall(report).value if local.total() else "nothing claimed"
    warned = [warning["message"] for warning in report.warnings or [] if warning["code"] in _TOLD]
    return Row(name, local, global_, verdict, warned)


def unreadable(name: str) -> Row:
    """The row of a document that could not."""
    return Row(name, Counter(), Counter(), "unreadable")


def summary(rows: Sequence[Row]) -> str:
    """The rows as a table, with their sum if there are several; below it what makes a verdict worth little."""
    shown = rows if len(rows) == 1 else [*rows, _sum(rows)]
    drawn = table(("document", "numbers", "local", "global", "verdict"), [row.cells() for row in shown])
    return "\n".join([drawn, *(f"{row.name}: warning: {message}" for row in rows for message in row.warned)])


def _sum(rows: Sequence[Row]) -> Row:
    local = sum((row.local for row in rows), Counter[str]())
    global_ = sum((row.overall for row in rows), Counter[str]())
    return Row(f"{len(rows)} documents", local, global_, max((row.verdict for row in rows), key=_WORST_LAST.index))


def _tally(counts: Counter[str]) -> str:
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in _VERDICTS if counts[verdict])
