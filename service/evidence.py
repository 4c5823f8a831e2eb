"""Evidence in words: what each method says of a claim, and the finite differences of every leaf."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.shape import index_of
from ..schema import Report
from .amounts import counted, rough
from .kinds import Row
from .reasons import REASONS

#: What one method says of one claim, as a report's JSON says it.
Heard = Mapping[str, Any]

_MOST_ENTRIES = 4


def evidence(row: Row) -> Iterator[str]:
    """One line a side and a method, for a claim of a report."""
    for side in ("local", "global"):
        said = row[side]
        place = f" at {said['index']}" if said.get("index") else ""
        numbers = f", {_within(said['enclosure'], place)}" if "enclosure" in said else ""
        yield f"{side} verdict: {said['verdict']}{numbers}"
    yield from _standing(row.get("kinks", {}), row.get("shape", []))
    for heard in row.get("evidence", []):
        yield f"{heard['method']}: {', '.join([heard['says'], *_shown(heard, row.get('shape', []))])}"


def _standing(kinks: Heard, shape: list[int]) -> Iterator[str]:
    """How a claim stands to the kinks above it: those that it is at, or the one that it meets first."""
    if kinks.get("in_cone"):
        names = ", ".join(kinks["follows"]) or "none that has a name"
        yield f"kinks: {counted(kinks['in_cone'], 'guard')} at 0 above it; conventions that it follows: {names}"
    elif kinks.get("gate"):
        place = f" at {kinks['index']}" if shape else ""
        yield f"nearest kink: that of {kinks['gate']}, where this input has moved by {kinks['margin']}{place}"


def _within(ends: list[str], place: str = "") -> str:
    low, high = ends
    return f"it is {low}{place}" if low == high else f"it is in [{low}, {high}]{place}"


def _shown(heard: Heard, shape: list[int]) -> Iterator[str]:
    """The numbers of a method and where it saw them, then why it says no more."""
    place = "".join(_places(heard, shape))
    if "claimed" in heard:
        # A probe sums over all gradients: its number belongs to no entry.
        yield from filter(None, [place.strip(), *_probed(heard)])
    elif "bar" in heard:
        yield f"{_with_bar(heard['value'], heard['bar'])}{place} ({heard['ladder']} ladder, {heard['points']} points)"
    elif "enclosure" in heard:
        yield f"{_within(heard['enclosure'], place)} (at {heard['precision']} bits)"
    elif place:
        yield place.strip()
    if heard.get("because"):
        yield REASONS.get(heard["because"], heard["because"])


def _places(heard: Heard, shape: list[int]) -> Iterator[str]:
    """Which entries of a tensor, or which direction, a method looked at."""
    if "direction" in heard:
        yield " along a random direction"
    elif heard.get("index"):
        yield f" at {heard['index']}"
    elif shape and "entry" in heard:
        yield f" at {index_of(heard['entry'], tuple(shape))}"
    elif shape and heard.get("entries"):
        named = [str(index_of(entry, tuple(shape))) for entry in heard["entries"][:_MOST_ENTRIES]]
        yield f" at {', '.join(named)}{' and others' if len(heard['entries']) > _MOST_ENTRIES else ''}"


def _probed(heard: Heard) -> Iterator[str]:
    yield f"{counted(heard['probes'], 'probe')} of all gradients together: {_with_bar(heard['value'], heard['bar'])}"
    yield f"by the claims {heard['claimed'] + 0.0:.12g}"
    yield f"an error of 1 % escapes with probability {rough(heard['escape'])}"


def differences(report: Report) -> Iterator[str]:
    """The finite difference of every leaf with its error bar, claimed or not, one line each: `x: difference: ...`.

    Above 32 entries a sample of them. Nothing where a leaf has no value or the objective is not defined.
    """
    for seen in (report.run or {}).get("differences", []):
        yield f"{seen['wire']}: difference: {_difference(seen)}"


def kinks(report: Report) -> Iterator[str]:
    """The gates that are at their kink at this point, one line each: `h: kink: ...`."""
    for row in report.kinks or []:
        if "along" not in row:
            follows = ", ".join(row["follows"]) or "none that has a name"
            told = f"this {row['guard']} is at its kink; conventions that all claims below it follow: {follows}"
            yield f"{row['node']}: kink: {told}"


def _difference(seen: Heard) -> str:
    place = f" at {seen['index']}" if seen["index"] else ""
    if "because" in seen:
        return f"finite differences{place} cannot tell: {seen['because']}"
    shown = _with_bar(seen["value"], seen["bar"])
    return f"finite differences{place} give {shown} ({seen['ladder']}, {seen['points']} points)"


def _with_bar(value: float, bar: float) -> str:
    return f"{value + 0.0:.12g} ± {f'{bar:.1e}' if bar else '0'}"
