"""Stage 4 for a graph: the rows of its nodes, of the bodies of its functions, and the claims of its boxes."""

from collections.abc import Iterator
from typing import Any

from ..dtype import DEFAULT_DTYPE, FORMATS
from ..jsontypes import is_list, is_object
from ..limits import Limits
from ..problem import Problems
from ..tensor_faults import Position
from .fields import Path, judge_rows
from .numbers import Numbers, judge_numbers, judge_seeds


def judge_fields(document: dict[str, Any], limits: Limits, problems: Problems) -> None:
    """Judge what the model of a graph leaves to this file; what is of a wrong type was refused by the model."""
    stated = document.get("dtype")
    dtype = stated if isinstance(stated, str) and stated in FORMATS else None
    numbers = Numbers(limits, problems)
    for path, rows in _lists(document):
        if len(rows) <= limits.nodes:
            judge_rows(rows, path, limits, problems)
            judge_numbers(rows, path, dtype, numbers)
    rows = document.get("nodes")
    judge_seeds(rows if is_list(rows) else [], document.get("outputs"), dtype, numbers)
    _judge_groups(document.get("groups"), dtype, numbers)


def _lists(document: dict[str, Any]) -> Iterator[tuple[Path, list[Any]]]:
    """Every list of nodes with its place."""
    if is_list(rows := document.get("nodes")):
        yield ("nodes",), rows
    functions = document.get("functions")
    for name, function in functions.items() if is_object(functions) else ():
        if is_object(function) and is_list(rows := function.get("nodes")):
            yield ("functions", name, "nodes"), rows


def _judge_groups(groups: Any, dtype: str | None, numbers: Numbers) -> None:
    for k, group in enumerate(groups if is_list(groups) else ()):
        if is_object(group) and "local" in group and not numbers.truncated:
            position = Position(dtype or DEFAULT_DTYPE, gaps=True)
            numbers.claims(group["local"], position, ("groups", k, "local"), str(group.get("id", f"group {k}")))
