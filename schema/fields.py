"""The types of the fields that documents and nodes share, each with its own codes (stage 4 of reading).

A validator that refuses raises an error whose type is a code of the format; ``stages/fields.py`` makes problems of
them. What is refused inside a value is named by the steps ``at``.
"""

import re
from dataclasses import dataclass
from typing import Annotated, Any, LiteralString, TypeVar

import orjson
from pydantic import (
    AfterValidator,
    BeforeValidator,
    FailFast,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from .blob import DIGEST
from .jsontypes import is_list, is_object
from .limits import DEFAULT, Limits
from .nesting import nesting
from .number_faults import Fault, number_fault
from .tensor_faults import shape_faults
from .wire_schema import SHAPE
from .wording import alternatives, shown

REVERSE_DNS = r"[a-z0-9]+(\.[a-z0-9-]+)+"
SEGMENT = r"[A-Za-z_][A-Za-z0-9_.-]{0,63}"
META_KEY = r"[a-z][a-z0-9_.-]{0,63}"

_ID = re.compile(rf"{SEGMENT}(?:/{SEGMENT}){{0,15}}")
_PATH = re.compile(rf"{SEGMENT}(?:/{SEGMENT}){{0,31}}")
_REVERSE_DNS = re.compile(REVERSE_DNS)
_META_KEY = re.compile(META_KEY)
_LONGEST_ID = 256
_LONGEST_PATH = 1_024
_LONGEST_SAMPLE = 64

T = TypeVar("T")


@dataclass(unsafe_hash=True)
class FirstFault(FailFast):
    """Stop at the first bad entry of a list: a long list of wrong entries must not cost a refusal much.

    Hashable, unlike its parent, so that it may stand inside a generic alias.
    """


def refusal(code: LiteralString, message: str, *at: str | int) -> PydanticCustomError:
    """The error by which a validator refuses: code, the rest of the sentence, steps from the field to the place."""
    return PydanticCustomError(code, "{message}", {"message": message, "at": at})


def limits_of(info: ValidationInfo) -> Limits:
    """The limits that the reader handed to the validators."""
    return info.context if isinstance(info.context, Limits) else DEFAULT


def is_id(text: str) -> bool:
    """Whether the text is an id."""
    return len(text) <= _LONGEST_ID and _ID.fullmatch(text) is not None


def is_path(text: str) -> bool:
    """Whether the text is an id or the expansion path of a nested call."""
    return len(text) <= _LONGEST_PATH and _PATH.fullmatch(text) is not None


def is_reverse_dns(text: str) -> bool:
    """Whether the text is a name such as ``org.example.notes``."""
    return _REVERSE_DNS.fullmatch(text) is not None


ID_RULE = "an id is a letter or _, then letters, digits, _ . -, in segments joined by /: put other names into label"


def _id(text: str) -> str:
    if is_id(text):
        return text
    raise refusal("id.syntax", f"is {shown(text)}; {ID_RULE}")


def _operands(value: Any, info: ValidationInfo) -> Any:
    if is_list(value) and len(value) > (most := limits_of(info).fan_in):
        raise refusal("limit.fan_in", f"has {len(value)} operands, more than {most}: split the node")
    return value


def _shape(value: Any, info: ValidationInfo) -> Any:
    for at, fault in shape_faults(value, limits_of(info)):
        raise refusal(fault.code, f"is {shown(value)}; {fault.expected}", *at)
    return value


def _label(text: str, info: ValidationInfo) -> str:
    if len(text) <= (most := limits_of(info).label):
        return text
    raise refusal("limit.label", f"has {len(text)} characters, more than {most}: shorten it")


def _meta(value: Any, info: ValidationInfo) -> Any:
    limits = limits_of(info)
    if not is_object(value):
        raise refusal("field.type", f"is {shown(value)}; expected an object of strings")
    if len(value) > limits.meta_entries:
        raise refusal("limit.meta", f"has {len(value)} entries, more than {limits.meta_entries}: use ext")
    for key, text in value.items():
        if not _META_KEY.fullmatch(key):
            raise refusal("field.key", f"has the key {shown(key)}; keys are lower-case: {META_KEY}", key)
        if not isinstance(text, str):
            raise refusal("field.type", f"has {shown(text)} under {shown(key)}; expected a string", key)
        if len(text) > limits.meta_value:
            raise refusal("limit.meta", f"has more than {limits.meta_value} characters under {shown(key)}", key)
    return value


def _ext(value: Any, info: ValidationInfo) -> Any:
    limits = limits_of(info)
    if not is_object(value):
        raise refusal("field.type", f"is {shown(value)}; expected an object")
    for key in value:
        if not is_reverse_dns(key):
            raise refusal("extension.key", f"has the key {shown(key)}; expected a name such as org.example.notes", key)
    if (depth := nesting(value)) > limits.ext_depth:
        raise refusal("limit.ext_depth", f"is nested {depth} deep, more than {limits.ext_depth}")
    if (size := len(orjson.dumps(value))) > limits.ext_bytes:
        raise refusal("limit.ext_bytes", f"has {size} bytes, more than {limits.ext_bytes}: keep the data elsewhere")
    return value


#: Numbers of the surrogate rules, by rule.
_SURROGATES: dict[str, tuple[str, ...]] = {"straight-through": (), "scale": ("factor",), "clip": ("low", "high")}
_RULES = [*_SURROGATES, "function"]


def _surrogate(value: Any) -> Any:
    if not is_object(value):
        raise refusal("field.type", f"is {shown(value)}; expected an object")
    rule = value.get("rule")
    if rule not in _RULES:
        raise refusal("field.value", f"has the rule {shown(rule)}; expected {alternatives(_RULES)}")
    names = ("fn",) if rule == "function" else _SURROGATES[rule]
    if set(value) != {"rule", *names}:
        raise refusal(
            "field.value", f"is {shown(value)}; {rule} has exactly the fields {alternatives(['rule', *names])}"
        )
    for name in names:
        if fault := _surrogate_fault(name, value[name]):
            raise refusal(fault.code, f"has {shown(value[name])} as {name}; {fault.expected}", name)
    return value


def _surrogate_fault(name: str, value: Any) -> Fault | None:
    if name == "fn":
        return None if isinstance(value, str) else Fault("field.type", "the name of a function is expected")
    return number_fault(value, "float64", finite=True)


def _sample(value: Any) -> Any:
    names = ("algorithm", "seed", "counter")
    if not is_object(value) or set(value) != set(names):
        raise refusal("field.value", f"is {shown(value)}; expected an object of {alternatives(names)}")
    for name in names:
        if not isinstance(value[name], str) or len(value[name]) > _LONGEST_SAMPLE:
            raise refusal("field.value", f"has {shown(value[name])}; expected at most 64 characters", name)
    return value


def _digest(text: str) -> str:
    if DIGEST.fullmatch(text):
        return text
    raise refusal("digest.syntax", f"is {shown(text)}; expected sha256: and 64 lower-case hex digits")


def _requires(value: Any) -> Any:
    if not is_list(value):
        raise refusal("field.type", f"is {shown(value)}; expected an array of names")
    for i, name in enumerate(value):
        if not isinstance(name, str):
            raise refusal("field.type", f"has {shown(name)}; expected a name", i)
    return value


def _stated(value: Any) -> Any:
    if value is None:
        raise refusal("field.type", "is null; leave the field out")
    return value


#: A field that may be absent (None), but is never null.
Maybe = Annotated[T | None, BeforeValidator(_stated)]

Id = Annotated[
    str,
    AfterValidator(_id),
    WithJsonSchema({"type": "string", "pattern": rf"^{SEGMENT}(/{SEGMENT}){{0,15}}$", "maxLength": _LONGEST_ID}),
]
Operands = Annotated[list[Id], FirstFault(), BeforeValidator(_operands)]
Shape = Annotated[
    list[int],
    PlainValidator(_shape),
    WithJsonSchema(SHAPE),
]
Label = Annotated[str, AfterValidator(_label), WithJsonSchema({"type": "string", "maxLength": DEFAULT.label})]
Meta = Annotated[
    dict[str, str],
    PlainValidator(_meta),
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": f"^{META_KEY}$"},
            "additionalProperties": {"type": "string", "maxLength": DEFAULT.meta_value},
            "maxProperties": DEFAULT.meta_entries,
        }
    ),
]
Ext = Annotated[
    dict[str, Any],
    PlainValidator(_ext),
    WithJsonSchema({"type": "object", "propertyNames": {"pattern": f"^{REVERSE_DNS}$"}}),
]
Surrogate = Annotated[
    dict[str, Any],
    PlainValidator(_surrogate),
    WithJsonSchema({"type": "object", "properties": {"rule": {"enum": _RULES}}, "required": ["rule"]}),
]
Sample = Annotated[
    dict[str, str],
    PlainValidator(_sample),
    WithJsonSchema(
        {
            "type": "object",
            "properties": {
                name: {"type": "string", "maxLength": _LONGEST_SAMPLE} for name in ("algorithm", "seed", "counter")
            },
            "required": ["algorithm", "seed", "counter"],
            "additionalProperties": False,
        }
    ),
]
Digest = Annotated[str, AfterValidator(_digest), WithJsonSchema({"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"})]
Requires = Annotated[
    list[str], PlainValidator(_requires), WithJsonSchema({"type": "array", "items": {"type": "string"}})
]
Opset = Annotated[
    dict[str, int],
    WithJsonSchema(
        {
            "type": "object",
            "properties": {"core": {"type": "integer", "minimum": 1}},
            "additionalProperties": {"type": "integer", "minimum": 1},
            "required": ["core"],
        }
    ),
]
