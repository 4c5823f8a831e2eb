"""Claims about a graph, apart from it: a submission, or what another system computed (format.md 10)."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, SkipValidation, with_config
from typing_extensions import TypedDict

from .document import Document, Kinks, Rounding
from .dtype import Floating
from .errors import DocumentError
from .fields import Digest, Maybe, Opset, refusal
from .jsontypes import is_object
from .limits import Limits
from .node import STRICT, Claim, Claims, Source
from .problem import Problems
from .stages.claims import judge_claims
from .stages.fields import judge_model
from .wording import shown


@with_config(STRICT)
class NodeClaims(TypedDict, total=False):
    """What is claimed of one node."""

    value: Claim
    grad: Claim
    local: Claims
    downstream: Claims


@with_config(STRICT)
class GroupClaims(TypedDict, total=False):
    """What is claimed of the gate that a group collapses."""

    local: Claims


def _map(value: Any) -> Any:
    """The map itself: its entries are judged one by one."""
    if not is_object(value):
        raise refusal("field.type", f"is {shown(value)}; expected an object with one entry an id")
    return value


class Annotations(Document):
    """Claims about the graph whose digest is ``graph``. They cannot alter it."""

    kind: Literal["annotations"]  # pyright: ignore[reportIncompatibleVariableOverride]  (never assigned)
    graph: Digest
    opset: Maybe[Opset] = None
    nodes: Annotated[dict[str, NodeClaims], SkipValidation, AfterValidator(_map)]
    values: Maybe[Annotated[dict[str, Source], SkipValidation, AfterValidator(_map)]] = None
    seeds: Maybe[Annotated[dict[str, Source], SkipValidation, AfterValidator(_map)]] = None
    rounding: Maybe[Rounding] = None
    kinks: Maybe[Kinks] = None
    accumulate: Maybe[Floating] = None
    ftz: Maybe[bool] = None
    by: Maybe[Annotated[str, Field(max_length=256)]] = None
    groups: Maybe[Annotated[dict[str, GroupClaims], SkipValidation, AfterValidator(_map)]] = None

    @classmethod
    def _judged(cls, document: dict[str, Any], limits: Limits) -> Self:
        problems = Problems(limits.problems)
        model = judge_model(cls, document, limits, problems)
        judge_claims(document, NodeClaims, GroupClaims, limits, problems)
        if model is None or problems:
            raise DocumentError.of(problems)
        return model
