"""What grading says of one submission; states, credits, diagnoses and levels: grading.md (format.md 13)."""

from typing import Annotated, Any, Literal, Required, Self

from pydantic import Field, model_validator, with_config
from typing_extensions import TypedDict

from .document import Document
from .fields import Digest, FirstFault, Maybe, Opset, refusal
from .node import STRICT
from .policy import State
from .report import Open, Verdict

#: An exact rational as a string.
Exact = Annotated[str, Field(pattern=r"^-?[0-9]+(/[0-9]+)?$")]

Level = Annotated[int, Field(ge=0, le=4)]


@with_config(STRICT)
class Subject(TypedDict):
    """Digests of the assignment that was graded."""

    id: str
    document: Digest
    graph: Digest
    policy: Digest


@with_config(STRICT)
class Handed(TypedDict, total=False):
    """What was handed in."""

    document: Required[Digest]
    carrier: Required[str]
    by: str


@with_config(STRICT)
class Grader(TypedDict):
    """Who graded, and with which catalogue of misconceptions."""

    version: str
    catalogue: Digest


@with_config(STRICT)
class Score(TypedDict):
    """Points as exact rationals, and rounded for people."""

    points: Exact
    max: Exact
    shown: str
    percent: str


@with_config(STRICT)
class Subtotal(TypedDict):
    """Points of one group."""

    id: str
    points: Exact
    max: Exact


@with_config(STRICT)
class Ends(TypedDict):
    """A closed interval as decimal strings, rounded outward."""

    lo: str
    hi: str


@with_config(STRICT)
class Class(TypedDict, total=False):
    """Misconceptions that give the same number here."""

    codes: Required[list[str]]
    family: Required[str]
    port: int


@with_config(STRICT)
class Diagnosis(TypedDict):
    """What explains a wrong number."""

    outcome: Literal["unique", "family", "possible", "one-of", "none"]
    classes: list[Class]
    chance: str


@with_config(STRICT)
class Message(TypedDict, total=False):
    """Something to say, by code and arguments; the texts are those of a language."""

    code: Required[str]
    level: Required[Level]
    slot: str
    args: Required[dict[str, Any]]


Slot = TypedDict(
    "Slot",
    {
        "slot": Required[str],
        "claim": Required[str | None],
        "raw": str,
        "state": Required[State],
        "local": Verdict | None,
        "global": Verdict | None,
        "reasons": list[str],
        "form": Required[list[str]],
        "points": Required[Exact],
        "credit": Required[Exact],
        "roots": Required[list[str]],
        "read": Ends | None,
        "predicted": Ends | None,
        "truth": Ends | None,
        "gap": str | None,
        "diagnosis": Diagnosis | None,
        "possible": list[str],
        "elements": list[Open],
        "counts": dict[str, int],
    },
    total=False,
)
with_config(STRICT)(Slot)

#: What a grade has if its submission could be graded.
_GRADABLE = ("rounding_read", "groups", "slots", "roots")


class Grade(Document):
    """The verdict, the state and the credit of every number that was asked for, and what to say about them."""

    kind: Literal["grade"]  # pyright: ignore[reportIncompatibleVariableOverride]  (never assigned)
    opset: Maybe[Opset] = None
    level: Level
    assignment: Subject
    submission: Handed
    grader: Grader
    variant: dict[str, Any] | None
    gradable: bool
    problems: list[Open]
    score: Score | None
    rounding_read: Maybe[str] = None
    work_decimals: int | None = None
    groups: Maybe[Annotated[list[Subtotal], FirstFault()]] = None
    slots: Maybe[Annotated[list[Slot], FirstFault()]] = None
    first_error: str | None = None
    roots: Maybe[list[str]] = None
    systematic: Maybe[list[Open]] = None
    messages: Annotated[list[Message], FirstFault()]
    ignored: list[Open]

    @model_validator(mode="after")
    def _graded_or_problems(self) -> Self:
        if self.gradable and self.score is None:
            raise refusal("field.missing", "has no score: a submission that could be graded has one", "score")
        if not self.gradable and (stated := [name for name in _GRADABLE if getattr(self, name) is not None]):
            raise refusal("field.value", "stands beside problems: what cannot be graded has no states", stated[0])
        return self

    def written(self) -> dict[str, Any]:
        """The document as JSON values; what may be null is written as null."""
        fields = super().written()
        for name in ("variant", "score", *(("first_error",) if self.gradable and self.level > 1 else ())):
            fields.setdefault(name, None)
        return fields
