"""Functions, and boxes over nodes that are written out (format.md 9)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Required

from pydantic import AfterValidator, BeforeValidator, Field, SkipValidation, ValidationInfo, with_config
from typing_extensions import TypedDict

from .fields import FirstFault, Id, Label, limits_of, refusal
from .jsontypes import is_list, is_object
from .node import STRICT, Claims, Node
from .wording import shown

NAME = r"[A-Za-z_][A-Za-z0-9_]{0,63}"

_NAME = re.compile(NAME)
_CALL = "fn:"


def called(op: str) -> str | None:
    """The function that an op calls; None if it is no call."""
    return op[len(_CALL) :] if op.startswith(_CALL) else None


def functions_of(row: Node) -> Iterator[str]:
    """The functions that a node names."""
    name = called(row["op"])
    if name is not None:
        yield name
    if "surrogate" in row and row["surrogate"]["rule"] == "function":
        yield row["surrogate"]["fn"]


def judged_rows(value: Any, info: ValidationInfo) -> Any:
    """The list itself: its rows are judged one by one, and never copied."""
    if not is_list(value):
        raise refusal("field.type", f"is {shown(value)}; expected an array of nodes")
    if not value:
        raise refusal("field.empty", "is empty; expected at least one node")
    if len(value) > (most := limits_of(info).nodes):
        raise refusal("limit.nodes", f"has {len(value)} nodes, more than {most}: split the graph")
    return value


def _params(value: Any, info: ValidationInfo) -> Any:
    if is_list(value) and len(value) > (most := limits_of(info).fan_in):
        raise refusal("limit.fan_in", f"has {len(value)} parameters, more than {most}: split the function")
    return value


def _named(value: Any, info: ValidationInfo) -> Any:
    if not is_object(value):
        return value
    if len(value) > (most := limits_of(info).functions):
        raise refusal("limit.functions", f"has {len(value)} functions, more than {most}: split the graph")
    for name in value:
        if not _NAME.fullmatch(name):
            raise refusal("field.key", f"has the key {shown(name)}; a function's name is {NAME}", name)
    return value


#: The rows of a graph or a body, judged one by one by stage 4.
Rows = Annotated[list[Node], SkipValidation, AfterValidator(judged_rows), Field(json_schema_extra={"minItems": 1})]


@with_config(STRICT)
class Function(TypedDict, total=False):
    """A graph of its own: its nodes see its parameters and its own earlier nodes, nothing else."""

    params: Required[Annotated[list[Id], FirstFault(), BeforeValidator(_params)]]
    nodes: Required[Rows]
    outputs: Required[Annotated[list[Id], FirstFault(), Field(min_length=1)]]
    label: Label


@with_config(STRICT)
class Group(TypedDict, total=False):
    """A box around nodes that are written out, and what is stated of the gate that they make together."""

    id: Required[Id]
    nodes: Required[Annotated[list[Id], FirstFault(), Field(min_length=1)]]
    inputs: Annotated[list[Id], FirstFault()]
    fn: str
    local: Claims
    label: Label


def _with_inputs(group: Group) -> Group:
    for name in ("fn", "local"):
        if name in group and "inputs" not in group:
            raise refusal("field.missing", f"has no inputs, which {name} needs: list the wires that enter the box")
    return group


def functions_schema(schema: dict[str, Any]) -> None:
    """What JSON Schema can say of names."""
    schema["propertyNames"] = {"pattern": f"^{NAME}$"}


Functions = Annotated[dict[str, Function], BeforeValidator(_named), Field(json_schema_extra=functions_schema)]
Groups = Annotated[list[Annotated[Group, AfterValidator(_with_inputs)]], FirstFault()]

#: The functions of a document that has none.
NO_FUNCTIONS: Mapping[str, Function] = {}


def named_functions(rows: Sequence[Node], functions: Mapping[str, Function]) -> dict[str, Function]:
    """The functions that rows name, directly or through each other."""
    found: dict[str, Function] = {}
    waiting: list[Sequence[Node]] = [rows]
    while waiting:
        for row in waiting.pop():
            for name in functions_of(row):
                if name not in found:
                    found[name] = functions[name]
                    waiting.append(functions[name]["nodes"])
    return found
