"""JSON Canonicalization Scheme (RFC 8785): one text for one value.

The JSON writer sorts keys by bytes and prints most doubles as ECMAScript does; this file does the rest.
"""

from typing import Any

import orjson

from .dtype import SAFE_INTEGER
from .jsontypes import is_list, is_object

#: ECMAScript prints integers below this without exponent.
_EXPONENT_FROM = 1e21


def dumps(value: Any) -> bytes:
    """The canonical text of any JSON value."""
    return orjson.dumps(_prepared(value))


def dumps_ascii(value: Any) -> bytes:
    """The canonical text of a value whose keys are ASCII and whose doubles went through `number`: much faster."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)


def number(value: float) -> Any:
    """A finite double as something that the JSON writer prints as ECMAScript does."""
    if value.is_integer():
        if abs(value) <= SAFE_INTEGER:
            return int(value)
        if abs(value) < _EXPONENT_FROM:
            return orjson.Fragment(_positional(value))
    elif 1e-6 <= abs(value) < 1e-5:
        return orjson.Fragment(_positional(value))
    return value


def _positional(value: float) -> str:
    """The shortest digits of a double without exponent, filled up with zeros."""
    digits, _, exponent = repr(abs(value)).partition("e")
    whole, _, decimals = digits.partition(".")
    decimals = "" if decimals == "0" else decimals
    shift = int(exponent or 0)
    if shift >= 0:
        text = (whole + decimals).ljust(len(whole) + shift, "0")
    else:
        text = "0." + "0" * (-shift - 1) + whole + decimals
    return "-" + text if value < 0 else text


def _prepared(value: Any) -> Any:
    if is_object(value):
        return {key: _prepared(value[key]) for key in sorted(value, key=_utf16)}
    if is_list(value):
        return [_prepared(entry) for entry in value]
    if isinstance(value, float) or (type(value) is int and abs(value) > SAFE_INTEGER):
        return number(float(value))
    return value


def _utf16(key: str) -> bytes:
    return key.encode("utf-16-be")
