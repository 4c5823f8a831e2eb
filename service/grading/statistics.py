"""What a class did: states and credits by slot, first errors, misconceptions by place; no names (grading.md 22)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import sqrt
from typing import Any

from ...schema import Grade
from ...schema.grade import Slot
from .amounts import shown
from .slots import earned, named
from .states import ROOTS

#: Cells of a shared summary with fewer students than this are masked.
FEWEST = 5

#: Sheets with the same wrong numbers at so many roots are listed together.
SHARED_ROOTS = 3


def class_summary(grades: Sequence[Grade], *, share: bool = False) -> dict[str, Any]:
    """The summary of a class; `share` masks what few students did. Pseudonyms are never in it."""
    graded = [grade for grade in grades if grade.gradable]
    addresses = list(dict.fromkeys(slot["slot"] for grade in graded for slot in grade.slots or ()))
    summary: dict[str, Any] = {
        "students": len(grades),
        "graded": len(graded),
        "slots": [_slot(graded, address) for address in addresses],
        "first_errors": _counted(grade.first_error for grade in graded if grade.first_error is not None),
        "codes": [{"slot": slot, "code": code, "count": n} for (slot, code), n in sorted(_codes(graded).items())],
        "together": [{"codes": list(pair), "count": n} for pair, n in sorted(_pairs(graded).items()) if n > 1],
        "truncated": sum(grade.rounding_read == "truncate" for grade in graded),
        "clusters": _clusters(graded),
    }
    return _masked(summary) if share else summary


def _slot(graded: Sequence[Grade], address: str) -> dict[str, Any]:
    slots = [(grade, slot) for grade in graded for slot in grade.slots or () if slot["slot"] == address]
    states = Counter(slot["state"] for _, slot in slots)
    shares = [Fraction(slot["credit"]) for _, slot in slots]
    mean = sum(shares, Fraction(0)) / len(shares) if shares else Fraction(0)
    return {
        "slot": address,
        "answered": sum(slot["claim"] is not None for _, slot in slots),
        "states": dict(sorted(states.items())),
        "mean": str(mean),
        "discrimination": _discrimination([(_rest(grade, slot), Fraction(slot["credit"])) for grade, slot in slots]),
    }


def _rest(grade: Grade, slot: Slot) -> Fraction:
    assert grade.score is not None
    return Fraction(grade.score["points"]) - earned(slot)


def _discrimination(pairs: Sequence[tuple[Fraction, Fraction]]) -> str | None:
    """The correlation of a slot's credit with the score on all others, to six digits; None where either is constant."""
    count = len(pairs)
    if count < 2:
        return None
    sums = [sum((pair[k] for pair in pairs), Fraction(0)) for k in (0, 1)]
    squares = [count * sum((pair[k] ** 2 for pair in pairs), Fraction(0)) - sums[k] ** 2 for k in (0, 1)]
    if not all(squares):
        return None
    product = count * sum((a * b for a, b in pairs), Fraction(0)) - sums[0] * sums[1]
    ratio = product * product / (squares[0] * squares[1])
    size = Fraction(round(sqrt(ratio) * 10**6), 10**6)
    return shown(size if product >= 0 else -size, 6)


def _codes(graded: Sequence[Grade]) -> Counter[tuple[str, str]]:
    """Codes that were observed: one class, named."""
    found: Counter[tuple[str, str]] = Counter()
    for grade in graded:
        for slot in grade.slots or ():
            found.update((slot["slot"], code) for code in named(slot)[:1])
    return found


def _pairs(graded: Sequence[Grade]) -> Counter[tuple[str, str]]:
    """Codes that stand on one sheet together."""
    found: Counter[tuple[str, str]] = Counter()
    for grade in graded:
        codes = sorted({code for slot in grade.slots or () for code in named(slot)[:1]})
        found.update((a, b) for place, a in enumerate(codes) for b in codes[place + 1 :])
    return found


def _clusters(graded: Sequence[Grade]) -> list[dict[str, Any]]:
    """How many sheets share the same wrong numbers at several roots: data, no verdict."""
    wrong = [frozenset(_wrong(grade)) for grade in graded]
    counts = Counter(one for one in wrong if len(one) >= SHARED_ROOTS)
    return [
        {"slots": sorted(slot for slot, _ in one), "count": n} for one, n in sorted(counts.items(), key=_size) if n > 1
    ]


def _wrong(grade: Grade) -> Iterable[tuple[str, str]]:
    return ((slot["slot"], str(slot["claim"])) for slot in grade.slots or () if slot["state"] in ROOTS)


def _size(pair: tuple[frozenset[tuple[str, str]], int]) -> tuple[int, list[tuple[str, str]]]:
    return -pair[1], sorted(pair[0])


def _counted(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"slot": name, "count": n} for name, n in sorted(Counter(names).items())]


def _masked(summary: dict[str, Any]) -> dict[str, Any]:
    masked = {**summary}
    for name in ("first_errors", "codes", "together", "clusters"):
        masked[name] = [{**entry, "count": _mask(entry["count"])} for entry in summary[name]]
    masked["slots"] = [
        {**slot, "states": {state: _mask(count) for state, count in slot["states"].items()}}
        for slot in summary["slots"]
    ]
    return masked


def _mask(count: int) -> int | str:
    return count if count >= FEWEST else f"<{FEWEST}"
