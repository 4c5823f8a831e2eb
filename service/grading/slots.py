"""What the slots of a grade document say, for reports, summaries and regrades."""

from __future__ import annotations

from fractions import Fraction

from ...schema.grade import Slot


def earned(slot: Slot) -> Fraction:
    """Points of a slot."""
    return Fraction(slot["points"]) * Fraction(slot["credit"])


def outcome(slot: Slot) -> str:
    """How sure its diagnosis is; empty where there is none."""
    diagnosis = slot.get("diagnosis")
    return "" if diagnosis is None else diagnosis["outcome"]


def codes(slot: Slot) -> list[str]:
    """All codes that explain it, the likeliest first."""
    diagnosis = slot.get("diagnosis")
    return [] if diagnosis is None else [code for one in diagnosis["classes"] for code in one["codes"]]


def named(slot: Slot) -> list[str]:
    """Codes that may be counted as observed: those of a single cause."""
    return codes(slot) if outcome(slot) in ("unique", "family") else []


def answer(slot: Slot) -> str | None:
    """What was written, as it was typed."""
    return slot.get("raw", slot["claim"])
