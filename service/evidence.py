"""Evidence in words: what each method says of a claim, and the finite differences of every leaf."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..engine.plan import Plan, has_objective, leaf_numbers, plan, seed_numbers
from ..engine.shape import SCALAR
from ..engine.verify.differences import Difference
from ..engine.verify.differences import differences as computed_differences
from ..schema import Graph


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


def differences(graph: Graph) -> Iterator[str]:
    """The finite difference of every leaf with its error bar, claimed or not, one line each: `x: difference: ...`.

    Above 32 entries a sample of them. Nothing where a leaf has no value or the objective is not defined.
    """
    made = plan(graph)
    bound = all("value" in made.graph.nodes[i] for i, rule in enumerate(made.rules) if rule is None)
    if bound and has_objective(made):
        for found in computed_differences(made, leaf_numbers(made), seed_numbers(made)):
            yield f"{made.ids[found.leaf]}: difference: {_difference(made, found)}"


def _difference(plan: Plan, found: Difference) -> str:
    place = "" if plan.shapes[found.leaf] == SCALAR else f" at entry {found.entry}"
    if found.because is not None:
        return f"finite differences{place} cannot tell: {found.because}"
    return f"finite differences{place} give {_with_bar(found.value, found.bar)} ({found.ladder}, {found.points} points)"


def _with_bar(value: float, bar: float) -> str:
    return f"{value + 0.0:.12g} ± {f'{bar:.1e}' if bar else '0'}"
