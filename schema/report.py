"""What `verify` and `lint` say of a document (format.md 12). Verdicts, reasons and methods: verification.md."""

from typing import Annotated, Any, Literal, Required, Self

from pydantic import ConfigDict, Field, model_validator, with_config
from typing_extensions import TypedDict

from .document import Document
from .errors import DocumentError
from .fields import Digest, FirstFault, Maybe, Opset, Shape, refusal
from .limits import Limits
from .nesting import nesting
from .node import STRICT
from .problem import Problem
from .stages.text import depth_problem

Verdict = Literal["proved", "consistent", "undecided", "refuted"]

#: How many claims got each verdict.
Tally = dict[Verdict, int]

#: Low and high end of a closed set, as decimal strings.
Ends = Annotated[list[str], Field(min_length=2, max_length=2)]

#: An object whose fields are its writer's own.
Open = dict[str, Any]

#: Rows with fields of their writer's own beside those that are named.
_EXTENSIBLE = ConfigDict(strict=True, extra="allow")


@with_config(STRICT)
class Subject(TypedDict, total=False):
    """Digests of what was judged; `bytes` of the file as it was read."""

    bytes: Digest
    document: Digest
    graph: Digest
    shape: Digest
    annotations: Digest


@with_config(STRICT)
class Verifier(TypedDict):
    """Who judged."""

    name: Literal["chainrule"]
    version: str
    opset: Opset


@with_config(STRICT)
class Judgement(TypedDict, total=False):
    """What one side says of a claim."""

    verdict: Required[Verdict]
    index: Shape
    relation: str
    as_printed: str
    image: Ends
    enclosure: Ends
    size: Open


@with_config(_EXTENSIBLE)
class Evidence(TypedDict):
    """What one method says of a claim, beside fields of the method's own."""

    method: str
    says: Literal["for", "against", "silent"]


# Types with fields that are words of Python are made by calls, and configured afterwards.

Sides = TypedDict("Sides", {"local": Verdict, "global": Verdict})
Counts = TypedDict("Counts", {"local": Required[Tally], "global": Required[Tally], "unclaimed": int}, total=False)
Fault = TypedDict("Fault", {"first": bool, "from": str | None})
JudgedClaim = TypedDict(
    "JudgedClaim",
    {
        "wire": Required[str],
        "field": Required[str],
        "claim": Required[Any],
        "set": Ends,
        "shape": Shape,
        "counts": Open,
        "worst": list[Open],
        "local": Required[Judgement],
        "global": Required[Judgement],
        "reasons": Required[list[str]],
        "allowance": Open,
        "resolution": Open,
        "kinks": Open,
        "evidence": list[Evidence],
        "fault": Fault,
    },
    total=False,
)
for _type in (Sides, Counts, Fault, JudgedClaim):
    with_config(STRICT)(_type)

#: The fields of a report on a document that could be read, and which of them it must have.
_READABLE = ("verdict", "counts", "detail", "claims", "first_faults", "kinks", "warnings", "probes")
_REQUIRED = ("verdict", "counts", "claims")


class Report(Document):
    """The verdicts on every claim of a document, or the problems for which it cannot be read."""

    kind: Literal["report"]  # pyright: ignore[reportIncompatibleVariableOverride]  (never assigned)
    opset: Maybe[Opset] = None
    subject: Subject
    verifier: Verifier
    policy: Open
    problems: Maybe[Annotated[list[Problem], FirstFault()]] = None
    truncated: Maybe[bool] = None
    verdict: Maybe[Sides] = None
    counts: Maybe[Counts] = None
    detail: Maybe[Literal["findings", "all"]] = None
    claims: Maybe[Annotated[list[JudgedClaim], FirstFault()]] = None
    first_faults: Maybe[Annotated[list[Open], FirstFault()]] = None
    kinks: Maybe[Annotated[list[Open], FirstFault()]] = None
    warnings: Maybe[Annotated[list[Open], FirstFault()]] = None
    probes: Maybe[Open] = None
    findings: Maybe[Annotated[list[Open], FirstFault()]] = None
    run: Maybe[Open] = None

    @model_validator(mode="after")
    def _verdicts_or_problems(self) -> Self:
        if self.problems is None:
            absent = [name for name in _REQUIRED if getattr(self, name) is None]
            if absent and self.findings is None:
                raise refusal("field.missing", f"has no {absent[0]}: a report states it, or problems")
        elif stated := [name for name in _READABLE if getattr(self, name) is not None]:
            raise refusal("field.value", "stands beside problems: what cannot be read has no verdicts", stated[0])
        return self

    @classmethod
    def _judged(cls, document: dict[str, Any], limits: Limits) -> Self:
        report = super()._judged(document, limits)
        # Fields of their writer's own nest as deep as they like: only here a sound document can be too deep.
        if nesting(document) > limits.depth:
            raise DocumentError((depth_problem(limits),))
        return report
