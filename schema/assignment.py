"""What a grader is given: a graph, the numbers asked for, what they are worth, and the policy (format.md 11)."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, PrivateAttr, WithJsonSchema

from .document import Document, Graph
from .errors import DocumentError
from .fields import FirstFault, Maybe, Opset, refusal
from .jsontypes import is_list, is_object
from .limits import DEFAULT, Limits
from .number_faults import number_fault
from .pointer import pointer
from .policy import Policy, Ratio, Texts
from .problem import Problem, Problems
from .stages.asked import judge_slots
from .stages.fields import judge_model
from .stages.header import judge_header
from .wording import shown

_STRICT = ConfigDict(frozen=True, strict=True, extra="forbid")

_NAME = r"[a-z0-9][a-z0-9._-]{0,63}"

Name = Annotated[str, Field(pattern=rf"^{_NAME}$")]


def _choices(value: Any) -> Any:
    if not is_object(value) or not value:
        raise refusal("field.type", f"is {shown(value)}; expected an object with the choices of each input")
    for leaf, numbers in value.items():
        if not is_list(numbers) or not numbers:
            raise refusal("field.empty", f"has no choices for {shown(leaf)}; expected an array of numbers", leaf)
        for place, number in enumerate(numbers):
            if fault := number_fault(number, "float64", finite=True):
                raise refusal(fault.code, f"has {shown(number)} among the choices; {fault.expected}", leaf, place)
    return value


class Asked(BaseModel):
    """A number that is asked for, and what it is worth."""

    model_config = _STRICT

    slot: str
    points: Maybe[Ratio] = None
    group: Maybe[str] = None
    title: Maybe[Texts] = None


class Given(BaseModel):
    """A number that the task shows: exactly, or as printed digits."""

    model_config = _STRICT

    slot: str
    shown: str


class Group(BaseModel):
    """Slots that are counted together."""

    model_config = _STRICT

    id: str
    title: Maybe[Texts] = None
    drop_lowest: Maybe[Annotated[int, Field(ge=0)]] = None
    cap: Maybe[Ratio] = None
    bonus: Maybe[bool] = None


class Variants(BaseModel):
    """Values from which each student's inputs are drawn."""

    model_config = _STRICT

    inputs: Annotated[
        dict[str, Any],
        PlainValidator(_choices),
        WithJsonSchema({"type": "object", "additionalProperties": {"type": "array", "minItems": 1}}),
    ]
    max_ambiguous: Maybe[Annotated[int, Field(ge=0)]] = None


def _graph(value: Any) -> Any:
    if not is_object(value):
        raise refusal("field.type", f"is {shown(value)}; expected a graph document")
    return value


class Assignment(Document):
    """An exercise on a graph. There is no key in it: what is right is computed."""

    kind: Literal["assignment"]  # pyright: ignore[reportIncompatibleVariableOverride]  (never assigned)
    opset: Maybe[Opset] = None
    id: Name
    title: Maybe[Texts] = None
    mode: Maybe[Literal["given", "own"]] = None
    graph: Annotated[Any, AfterValidator(_graph), WithJsonSchema({"type": "object"})]
    slots: Maybe[Annotated[list[Asked], FirstFault(), Field(min_length=1)]] = None
    given: Maybe[Annotated[list[Given], FirstFault()]] = None
    groups: Maybe[Annotated[list[Group], FirstFault()]] = None
    policy: Maybe[Policy] = None
    variants: Maybe[Variants] = None

    _circuit: Graph | None = PrivateAttr(default=None)

    @property
    def circuit(self) -> Graph:
        """The graph that numbers are asked about, as a document of its own."""
        if self._circuit is None:
            self._circuit = _read_graph(self.graph, DEFAULT)
        return self._circuit

    @property
    def rules(self) -> Policy:
        """The policy with its defaults."""
        return self.policy or Policy()

    @classmethod
    def _judged(cls, document: dict[str, Any], limits: Limits) -> Self:
        circuit = _read_graph(document["graph"], limits) if is_object(document.get("graph")) else None
        problems = Problems(limits.problems)
        model = judge_model(cls, document, limits, problems)
        if model is None or circuit is None:
            raise DocumentError.of(problems)
        model._circuit = circuit
        judge_slots(document, circuit, limits, problems)
        if problems:
            raise DocumentError.of(problems)
        return model


def _read_graph(value: dict[str, Any], limits: Limits) -> Graph:
    try:
        judge_header(value, "graph")
        graph = Graph.from_object(value, limits)
    except DocumentError as error:
        moved = [problem.model_copy(update={"at": f"/graph{problem.at}"}) for problem in error.problems]
        raise DocumentError(moved, truncated=error.truncated, source=error.source) from None
    _without_key(graph)
    return graph


def _without_key(graph: Graph) -> None:
    for place, row in enumerate(graph.nodes):
        leaf = row["op"] in ("input", "param", "const")
        for field in ("grad", "local", "downstream", *(() if leaf else ("value",))):
            if field in row:
                name = row["id"]
                message = f"{name}: states its {field}; the truth is computed and there is no key: take it away"
                at = pointer(("graph", "nodes", place, field))
                raise DocumentError((Problem(code="assignment.annotated", at=at, message=message, node=name),))
