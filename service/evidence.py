"""Evidence in words: what each method says of a claim, and the finite differences of every leaf."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..schema import Report


def evidence(row: Mapping[str, Any]) -> Iterator[str]:
    """One line a side and a method, for a claim of a report."""
    for side in ("local", "global"):
        low, high = row[side].get("enclosure", ("", ""))
        within = "" if not low else f", it is {low}" if low == high else f", it is in [{low}, {high}]"
        yield f"{side} verdict: {row[side]['verdict']}{within}"
    for heard in row.get("evidence", []):
        yield f"{heard['method']}: {heard['says']}{_shown(heard)}"


def _shown(heard: Mapping[str, Any]) -> str:
    if heard.get("because"):
        return f", {heard['because']}"
    if "value" in heard:
        return f", {_with_bar(heard['value'], heard['bar'])} ({heard['ladder']} ladder, {heard['points']} points)"
    return f", at {heard['precision']} bits" if "precision" in heard else ""


def differences(report: Report) -> Iterator[str]:
    """The finite difference of every leaf with its error bar, claimed or not, one line each: `x: difference: ...`.

    Above 32 entries a sample of them. Nothing where a leaf has no value or the objective is not defined.
    """
    for seen in (report.run or {}).get("differences", []):
        yield f"{seen['wire']}: difference: {_difference(seen)}"


def _difference(seen: Mapping[str, Any]) -> str:
    place = f" at entry {seen['index']}" if seen["index"] else ""
    if "because" in seen:
        return f"finite differences{place} cannot tell: {seen['because']}"
    shown = _with_bar(seen["value"], seen["bar"])
    return f"finite differences{place} give {shown} ({seen['ladder']}, {seen['points']} points)"


def _with_bar(value: float, bar: float) -> str:
    return f"{value + 0.0:.12g} ± {f'{bar:.1e}' if bar else '0'}"
