"""Stage 4 for documents of claims: each entry's fields and numbers, without the dtypes of the graph (format.md 10)."""

from collections.abc import Iterator
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..fields import ID_RULE, is_id, is_path
from ..jsontypes import is_object
from ..limits import Limits
from ..node import ANNOTATIONS
from ..pointer import pointer
from ..problem import Problem, Problems
from ..tensor_faults import Position
from ..wording import shown
from .fields import bounded, row_problems
from .numbers import Numbers

_CLAIM = Position(None, gaps=True)


def judge_claims(document: dict[str, Any], node_type: Any, group_type: Any, limits: Limits, problems: Problems) -> None:
    """Judge every claim, and the values and seeds that they were made at."""
    numbers = Numbers(limits, problems)
    for field, entry_type in (("nodes", node_type), ("groups", group_type)):
        adapter = TypeAdapter[Any](entry_type)
        for name, entry in _entries(document.get(field)):
            if problems.truncated:
                return
            _judge_entry((field, name), entry, adapter, numbers, problems)
    for field, position in (("values", Position(None)), ("seeds", Position(None, finite=True))):
        for name, raw in _entries(document.get(field)):
            if problems.truncated:
                return
            if not is_id(name):
                problems.add(_bad_id((field, name), name))
            numbers.tensor(raw, position, (field, name), name)


def _entries(value: Any) -> Iterator[tuple[str, Any]]:
    yield from value.items() if is_object(value) else ()


def _judge_entry(
    path: tuple[str, str], entry: Any, adapter: TypeAdapter[Any], numbers: Numbers, problems: Problems
) -> None:
    name = path[1]
    if not is_path(name):
        problems.add(_bad_id(path, name))
    try:
        adapter.validate_python(bounded(entry, ANNOTATIONS))
    except ValidationError as error:
        for problem in row_problems(error, path, name):
            problems.add(problem)
    if not is_object(entry):
        return
    if not entry:
        claims = "value, grad, local or downstream" if path[0] == "nodes" else "local"
        message = f"{name}: nothing is claimed: leave it out, or claim {claims}"
        problems.add(Problem(code="field.empty", at=pointer(path), message=message, node=name))
    for field in ("value", "grad"):
        if field in entry:
            numbers.tensor(entry[field], _CLAIM, (*path, field), name)
    for field in ("local", "downstream"):
        if field in entry:
            numbers.claims(entry[field], _CLAIM, (*path, field), name)


def _bad_id(path: tuple[str, ...], name: str) -> Problem:
    return Problem(code="id.syntax", at=pointer(path), message=f"{shown(name)} is no id; {ID_RULE}")
