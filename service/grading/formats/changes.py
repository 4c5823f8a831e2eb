"""What a regrade changed: for people, as tables, as JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import orjson

from ..amounts import shown
from ..regrade import Regraded, points
from .tables import safe
from .view import short


def changes_text(found: Sequence[Regraded]) -> str:
    """One line for every student whose grade came out differently, and one for every slot."""
    lines: list[str] = []
    for one in found:
        if not one.changes:
            continue
        causes = ", ".join(one.causes) or "nothing that is recorded"
        lines.append(f"{one.by}: {_scores(one)}; because of {causes}")
        lines += [f"  {change.slot}: {_worth(change.before)} -> {_worth(change.after)}" for change in one.changes]
    return "".join(f"{line}\n" for line in lines)


def _scores(one: Regraded) -> str:
    before = short(points(one.old))
    if one.lower is not None:
        return f"{before} stays; it would fall to {short(one.lower)} with --allow-lower"
    return f"{before} -> {short(points(one.new))}"


def _worth(side: Any) -> str:
    if not side:
        return "not asked"
    return f"{side['state']} {short(Fraction(side['points']) * Fraction(side['credit']))}"


def changes_json(found: Sequence[Regraded]) -> str:
    """The same as JSON."""
    rows = [
        {
            "student": one.by,
            "before": str(points(one.old)),
            "after": str(points(one.new)),
            "held": one.is_held,
            "causes": list(one.causes),
            "slots": [{"slot": c.slot, "before": dict(c.before), "after": dict(c.after)} for c in one.changes],
        }
        for one in found
    ]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode() + "\n"


def changes_csv(found: Sequence[Regraded]) -> str:
    """One row for every slot that changed."""
    rows = [
        [
            one.by,
            shown(points(one.old)),
            shown(points(one.new)),
            change.slot,
            _worth(change.before),
            _worth(change.after),
        ]
        for one in found
        for change in one.changes
    ]
    return _written(["student", "before", "after", "slot", "was", "is"], rows)


def prairielearn_csv(found: Sequence[Regraded]) -> str:
    """The file by which instructors upload scores: one row a student, in per cent."""
    rows = [[one.by, one.new.score["percent"] if one.new.score else "0"] for one in found]
    return _written(["uid", "score_perc"], rows)


def _written(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return stream.getvalue()
