"""A node: one wire, the op that makes it and the tensor on it (format.md 4.2)."""

from typing import Annotated, Any, Required

from pydantic import ConfigDict, WithJsonSchema, with_config
from typing_extensions import TypedDict

from .dtype import Dtype
from .fields import Ext, Id, Label, Operands, Sample, Shape, Surrogate
from .wire_schema import CLAIM, CLAIMS, SOURCE

#: Ops whose value is a source: the graph is computed from it.
LEAVES = ("input", "param", "const")

#: The fields that say something about a graph, apart from the values of its leaves.
ANNOTATIONS = ("value", "grad", "local", "downstream")

#: Rows take no field that is not theirs, and no value of another JSON type.
STRICT = ConfigDict(strict=True, extra="forbid")

#: A number or tensor on a wire; stage 4 judges it by the dtype of the wire.
Claim = Annotated[Any, WithJsonSchema(CLAIM)]

#: One number or tensor for each operand, or null where nothing is claimed.
Claims = Annotated[Any, WithJsonSchema(CLAIMS)]

#: A number or tensor that the graph is computed from.
Source = Annotated[Any, WithJsonSchema(SOURCE)]


@with_config(STRICT)
class Node(TypedDict, total=False):
    """One row of a graph. Rows are plain dicts and are never changed once read; absent means not claimed."""

    id: Required[Id]
    op: Required[str]
    inputs: Operands
    attrs: dict[str, Any]
    dtype: Dtype
    shape: Shape
    value: Claim
    grad: Claim
    local: Claims
    downstream: Claims
    surrogate: Surrogate
    sample: Sample
    label: Label
    ext: Ext


@with_config(STRICT)
class Output(TypedDict, total=False):
    """A node that the objective is made of, and the seed that it is multiplied with."""

    node: Required[Id]
    seed: Source
