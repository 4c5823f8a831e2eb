"""What the arguments of a verb give to work on: documents by path, or a graph by its expression."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from ...schema import ChainruleError, DocumentError, UsageError, dump
from ..sources import STANDARD_INPUT, Source, sources

_EXPRESSION = "expression"


def inputs(verb: str, arguments: Sequence[str], expression: str | None) -> Iterator[Source | ChainruleError]:
    """The sources that a verb was given; what cannot be read is yielded as its error.

    Raises UsageError for unknown options, where nothing was given, and for anything but NAME=VALUE beside --expr.
    """
    for argument in arguments:
        if argument.startswith("-") and argument != STANDARD_INPUT:
            raise UsageError(f"there is no option {argument}: chainrule {verb} --help lists them")
    if expression is not None:
        return iter([_built(expression, named_values(arguments))])
    if not arguments:
        raise UsageError(f"{verb} needs documents: files, folders, patterns, - for standard input, or --expr TEXT")
    return sources(arguments)


def _built(expression: str, values: dict[str, Any]) -> Source | ChainruleError:
    from ..interop.expression import parse

    try:
        return Source(_EXPRESSION, dump(parse(expression, values=values)))
    except DocumentError as error:
        error.source = _EXPRESSION
        return error


def named_values(arguments: Sequence[str]) -> dict[str, Any]:
    """`NAME=VALUE` arguments as a mapping; UsageError for anything else, and for a name that is given twice."""
    values: dict[str, Any] = {}
    for argument in arguments:
        name, equals, text = argument.partition("=")
        if not equals:
            raise UsageError(f"{argument}: expected NAME=VALUE, as in x=-2 or x=[1,2]")
        if name in values:
            raise UsageError(f"{name} is given twice; give each input one value")
        values[name] = _value(text)
    return values


def _value(text: str) -> Any:
    """A number or nested list as JSON; anything else is a number in words (1/3, 0x1p-2, NaN), judged by the reader."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
