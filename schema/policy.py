"""How an assignment is graded: what a number should show, what counts how much (grading.md 1.4)."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema

from .fields import Maybe, refusal
from .jsontypes import is_object
from .number import exact
from .number_faults import number_fault
from .wire_schema import SOURCE
from .wording import shown

_STRICT = ConfigDict(frozen=True, strict=True, extra="forbid")
_LANGUAGE = r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*"
_LONGEST_TEXT = 4_096


def _amount(value: Any) -> Any:
    fault = number_fault(value, "float64", finite=True)
    if fault is None and isinstance(value, bool):
        raise refusal("value.type", f"is {shown(value)}; expected a number")
    if fault is not None:
        raise refusal(fault.code, f"is {shown(value)}; {fault.expected}")
    if exact(value, "float64") < 0:
        raise refusal("field.value", f"is {shown(value)}; expected a number that is not negative")
    return value


def _texts(value: Any) -> Any:

    if not is_object(value):
        raise refusal("field.type", f"is {shown(value)}; expected an object of texts by language")
    for language, text in value.items():
        if not re.fullmatch(_LANGUAGE, language):
            raise refusal("field.key", f"has the key {shown(language)}; expected a language such as en or ko", language)
        if not isinstance(text, str):
            raise refusal("field.type", f"has {shown(text)} for {language}; expected a text", language)
        if len(text) > _LONGEST_TEXT:
            raise refusal("field.value", f"has more than {_LONGEST_TEXT} characters for {language}", language)
    return value


#: An exact number that is not negative: `"1/2"`, `"0.25"`, `1`.
Ratio = Annotated[Any, PlainValidator(_amount), WithJsonSchema(SOURCE)]

#: Language -> text.
Texts = Annotated[
    dict[str, str],
    PlainValidator(_texts),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "string", "maxLength": _LONGEST_TEXT}}),
]

#: What a slot can come to; the keys of `credits`.
State = Literal[
    "missing",
    "invalid",
    "not-checked",
    "uninformative",
    "low-precision",
    "correct",
    "carried",
    "rounding-drift",
    "disconnected",
    "slip",
    "wrong",
]


def _kinks(value: str) -> str:
    names = ("any-subgradient", "clarke", "unique-only")
    if value in names or value.removeprefix("convention:") in ("zero", "torch", "jax", "first", "split"):
        return value
    raise refusal("field.value", f"is {shown(value)}; expected any-subgradient, clarke, unique-only, convention:NAME")


class FormRule(BaseModel):
    """What a number should show, and how it may be written."""

    model_config = _STRICT

    min_decimals: Annotated[int, Field(ge=0, le=40)] | None = 2
    min_sigfigs: Annotated[int, Field(ge=1, le=40)] | None = None
    rounding: Literal["auto", "nearest", "truncate", "any", "exact"] = "auto"
    fractions: bool = True
    percent: bool = True
    decimal_mark: Literal["auto", ".", ","] = "auto"


class Carry(BaseModel):
    """What a number that is right given an earlier error may earn."""

    model_config = _STRICT

    guard: bool = True
    cap: Ratio = 1


class Split(BaseModel):
    """Credit in two parts: for the step, and for the true number."""

    model_config = _STRICT

    method: Ratio
    accuracy: Ratio


class Hints(BaseModel):
    """How much a report shows in each phase."""

    model_config = _STRICT

    open: Annotated[int, Field(ge=0, le=4)] = 1
    due: Annotated[int, Field(ge=0, le=4)] = 3
    published: Annotated[int, Field(ge=0, le=4)] = 4


class Attempts(BaseModel):
    """How often a student may ask."""

    model_config = _STRICT

    max: Annotated[int, Field(ge=1)] | None = None
    cooldown_s: Annotated[int, Field(ge=0)] | None = None


class Policy(BaseModel):
    """All choices of an assignment; each has a default."""

    model_config = _STRICT

    form: FormRule = FormRule()
    work: Literal["sheet"] | Annotated[int, Field(ge=0, le=40)] | None = "sheet"
    elide: bool = True
    volunteered: Literal["ignore", "use"] = "ignore"
    kinks: Annotated[str, AfterValidator(_kinks)] = "any-subgradient"
    credits: Maybe[dict[State, Ratio]] = None
    carry: Carry = Carry()
    elements: Literal["mean", "all"] = "mean"
    split: Split | None = None
    hints: Hints = Hints()
    attempts: Attempts = Attempts()
