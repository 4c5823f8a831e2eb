"""Stage 4: every field's presence, type and form, as the models say it (format.md 3).

The models refuse with errors of their library; this file makes problems of them, so that no name of the library
leaves the reader.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import islice
from typing import Any, LiteralString, TypeVar, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from ..dtype import DEFAULT_DTYPE
from ..jsontypes import is_object
from ..limits import Limits
from ..node import Node
from ..pointer import pointer
from ..problem import Problem, Problems
from ..wording import nearest, shown

M = TypeVar("M", bound=BaseModel)

Path = tuple[str | int, ...]

#: More fields than any row or document has, and more than problems are reported.
_MANY_FIELDS = 100

_NODE = TypeAdapter(Node)
_NODE_FIELDS = tuple(get_type_hints(Node))

#: The codes of what the library's own checks refuse.
_CODES: dict[str, LiteralString] = {
    "missing": "field.missing",
    "extra_forbidden": "field.unknown",
    "literal_error": "field.value",
    "too_short": "field.empty",
    "too_long": "field.value",
    "string_too_long": "field.value",
}

#: What the library's types are called in a sentence.
_EXPECTED = {
    "string_type": "a string",
    "list_type": "an array",
    "dict_type": "an object",
    "dict_attributes_type": "an object",
    "model_type": "an object",
    "model_attributes_type": "an object",
    "bool_type": "true or false",
    "int_type": "an integer",
}


def judge_model(model: type[M], document: dict[str, Any], limits: Limits, problems: Problems) -> M | None:
    """The model of a document; None if a field is refused, with the problems added."""
    try:
        return model.model_validate(bounded(document, _model_fields(model)), context=limits)
    except ValidationError as error:
        for problem in _problems(error, (), "the document", _model_fields(model)):
            problems.add(problem)
    return None


def judge_rows(rows: list[Any], path: Path, limits: Limits, problems: Problems) -> None:
    """Judge each row of the list at ``path`` as a node, apart from its numbers."""
    for i, row in enumerate(rows):
        if problems.truncated:
            return
        for problem in _row_problems(row_name(row, i), row, (*path, i), limits):
            problems.add(problem)


def _row_problems(who: str, row: Any, path: Path, limits: Limits) -> Iterator[Problem]:
    try:
        _NODE.validate_python(bounded(row, _NODE_FIELDS), context=limits)
    except ValidationError as error:
        yield from row_problems(error, path, who)
    else:
        surrogate = row.get("surrogate")
        if surrogate and surrogate["rule"] == "straight-through" and len(row.get("inputs", ())) != 1:
            message = f"{who}: straight-through is for nodes of one operand: declare a function instead"
            yield Problem(code="field.value", at=pointer((*path, "surrogate")), message=message, node=who)


def bounded(row: Any, fields: Iterable[str]) -> Any:
    """The row with no more unknown fields than are worth reporting: the library has no end of refusing."""
    if not is_object(row) or len(row) <= _MANY_FIELDS:
        return row
    known = {name: row[name] for name in fields if name in row}
    return dict(islice(row.items(), _MANY_FIELDS)) | known


def row_name(row: Any, i: int) -> str:
    """What a message calls a row: its id if it has one."""
    name = row.get("id") if is_object(row) else None
    return name if isinstance(name, str) and name else f"node {i}"


def row_dtype(row: Mapping[str, Any], default: str | None) -> str:
    """The dtype of a row's wire."""
    return row.get("dtype") or default or DEFAULT_DTYPE


def row_problems(error: ValidationError, path: tuple[str | int, ...], who: str) -> Iterator[Problem]:
    """The problems of one row, whose fields are those of nodes."""
    return _problems(error, path, who, _NODE_FIELDS)


@cache
def _model_fields(model: type[BaseModel]) -> tuple[str, ...]:
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _problems(
    error: ValidationError, path: tuple[str | int, ...], who: str, fields: Iterable[str]
) -> Iterator[Problem]:
    for details in error.errors(include_url=False):
        yield _problem(details, path, who, tuple(fields))


def _problem(details: ErrorDetails, path: tuple[str | int, ...], who: str, fields: tuple[str, ...]) -> Problem:
    kind = details["type"]
    loc = details["loc"]
    name = ".".join(map(str, loc)) or "it"
    at = (*path, *loc)
    if kind == "missing":
        return _made("field.missing", at[:-1], f"{who} has no {name}: add it", who)
    if kind == "extra_forbidden":
        return _unknown_field(at, who, fields)
    if kind in _CODES:
        return _made(_CODES[kind], at, f"{who}: {name} {_expectation(details)}", who)
    if "." in kind:
        context = details.get("ctx", {})
        return _made(kind, (*at, *context["at"]), f"{who}: {name} {context['message']}", who)
    expected = _EXPECTED.get(kind, "another type")
    return _made("field.type", at, f"{who}: {name} is {shown(details['input'])}; expected {expected}", who)


def _expectation(details: ErrorDetails) -> str:
    context = details.get("ctx", {})
    match details["type"]:
        case "too_short":
            expected = f"at least {context['min_length']} entries"
        case "too_long":
            expected = f"at most {context['max_length']} entries"
        case "string_too_long":
            expected = f"at most {context['max_length']} characters"
        case _:
            expected = context["expected"]
    return f"is {shown(details['input'])}; expected {expected}"


def _unknown_field(at: tuple[str | int, ...], who: str, fields: tuple[str, ...]) -> Problem:
    known = nearest(str(at[-1]), fields)
    mend = f"nearest: {', '.join(known)}" if known else "put extensions into ext"
    return _made(
        "field.unknown", at, f"{who} has a field {shown(at[-1])} that the format does not have; {mend}", who, known
    )


def _made(
    code: str, at: tuple[str | int, ...], message: str, who: str, known: tuple[str, ...] | None = None
) -> Problem:
    node = None if who == "the document" else who
    return Problem(code=code, at=pointer(at), message=message, node=node, nearest=known or None)
