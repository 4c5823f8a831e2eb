"""Documents: the header that all kinds share, graphs, and claims that stand apart from their graph.

A document is made by reading; it is never changed afterwards, and ``with_...`` returns a new one.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from .beside import Beside
from .blob import Resolver, provide
from .canonical_node import row_order
from .dtype import DEFAULT_DTYPE, Floating
from .errors import DocumentError, UsageError
from .fields import Ext, FirstFault, Maybe, Meta, Opset, Requires, refusal
from .function import NO_FUNCTIONS, Functions, Groups, Rows
from .jsontypes import is_list
from .limits import DEFAULT, Limits
from .nesting import nesting
from .node import Node, Output
from .number import Direction, Mode
from .pointer import place
from .problem import Problems
from .stages.fields import judge_model
from .stages.graph import judge_fields
from .stages.header import VERSION, judge_header
from .stages.plain import plain_structure
from .stages.structure import judge_structure
from .stages.text import depth_problem
from .structure import Structure

#: The conventions by which an engine may choose a gradient where an op has none.
Kinks = Literal["torch", "jax", "zero", "first", "split"]


#: Fields that are written before all others: 64 bytes tell what a file is.
_FIRST = ("chainrule", "kind", "opset")


class Rounding(BaseModel):
    """How annotations were rounded: what JSON numbers are, and which way digits were dropped (format.md 6.4)."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    mode: Mode
    digits: Maybe[int] = None
    direction: Direction = "nearest"

    @model_validator(mode="after")
    def _digits_fit_the_mode(self) -> Self:
        least = {"exact": None, "decimals": 0, "significant": 1}[self.mode]
        if least is None:
            if self.digits is not None:
                raise refusal("field.value", "states digits for mode exact: leave them out", "digits")
        elif self.digits is None:
            raise refusal("field.missing", f"has no digits, which mode {self.mode} needs: add them")
        elif not least <= self.digits <= 40:
            raise refusal("field.value", f"has {self.digits} digits; expected {least} to 40", "digits")
        return self


class Document(BaseModel):
    """What every kind of document has (format.md 2)."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", serialize_by_alias=True)

    chainrule: str
    kind: str
    requires: Maybe[Requires] = None
    meta: Maybe[Meta] = None
    ext: Maybe[Ext] = None
    schema_uri: Annotated[Maybe[str], Field(alias="$schema")] = None

    @classmethod
    def from_object(cls, document: dict[str, Any], limits: Limits = DEFAULT) -> Self:
        """The document that a JSON object says, stages 4 and 5; its header was judged before.

        Raises DocumentError with every problem of the first stage that finds one, in the order of the document.
        """
        try:
            return cls._judged(document, limits)
        except DocumentError as error:
            if nesting(document) > limits.depth:
                raise DocumentError((depth_problem(limits),)) from None
            error.problems = tuple(sorted(error.problems, key=lambda problem: place(problem.at, document)))
            raise

    @classmethod
    def _judged(cls, document: dict[str, Any], limits: Limits) -> Self:
        problems = Problems(limits.problems)
        model = judge_model(cls, document, limits, problems)
        if model is None:
            raise DocumentError.of(problems)
        return model

    def written(self) -> dict[str, Any]:
        """The document as JSON values, with the fields that it states and no others, `chainrule` and `kind` first."""
        fields = {field.alias or name: getattr(self, name) for name, field in type(self).model_fields.items()}
        if isinstance(self, Graph):
            # Rows of a column file are made when somebody looks at them.
            fields["nodes"] = list(self.nodes)
        ordered = {name: fields[name] for name in _FIRST if name in fields} | fields
        return {name: _plain(value) for name, value in ordered.items() if value is not None}

    def header_written(self) -> dict[str, Any]:
        """The same without the rows of a graph."""
        return {
            name: value for name, value in self.model_copy(update={"nodes": []}).written().items() if name != "nodes"
        }


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    if is_list(value) and value and isinstance(value[0], BaseModel):
        return [_plain(entry) for entry in value]
    return value


def _private(document: Document) -> dict[str, Any]:
    """A document's private attributes; Pydantic's own way to them takes as long as ten gates."""
    found = document.__pydantic_private__
    assert found is not None
    return found


class Graph(Document):
    """A computation graph: its nodes, the outputs that its objective is made of, and what is claimed on its wires."""

    kind: Literal["graph"]  # pyright: ignore[reportIncompatibleVariableOverride]  (never assigned)
    opset: Opset
    dtype: Maybe[Floating] = None
    rounding: Maybe[Rounding] = None
    kinks: Maybe[Kinks] = None
    accumulate: Maybe[Floating] = None
    ftz: Maybe[bool] = None
    nodes: Rows
    outputs: Annotated[list[Output], FirstFault(), Field(min_length=1)]
    functions: Maybe[Functions] = None
    groups: Maybe[Groups] = None

    _structure: Structure | None = PrivateAttr(default=None)
    _canonical_order: list[int] | None = PrivateAttr(default=None)
    _laying: Callable[[], Structure] | None = PrivateAttr(default=None)
    _beside: Beside = PrivateAttr(default_factory=Beside)
    _leaf_claims: Mapping[str, Any] = PrivateAttr(default_factory=dict[str, Any])
    _body_claims: Mapping[str, Mapping[str, Any]] = PrivateAttr(default_factory=dict[str, Mapping[str, Any]])

    @property
    def beside(self) -> Beside:
        """Where another room keeps what it made of this graph."""
        return _private(self)["_beside"]

    @property
    def structure(self) -> Structure:
        """What the nodes are to each other; DocumentError if the rows of `with_nodes` break stage 5."""
        found: Structure | None = _private(self)["_structure"]
        if found is None:
            found = self._structure = self._laid_out(DEFAULT) if self._laying is None else self._laying()
        return found

    @property
    def canonical_order(self) -> list[int]:
        """The positions of the nodes in canonical order: by level, the longest path from a leaf, then by id."""
        if self._canonical_order is None:
            self._canonical_order = row_order(self.nodes)
        return self._canonical_order

    @property
    def leaf_claims(self) -> Mapping[str, Any]:
        """Claims on the values of leaves, by id: only a graph with annotations attached has any."""
        return MappingProxyType(self._leaf_claims)

    @property
    def body_claims(self) -> Mapping[str, Mapping[str, Any]]:
        """Claims on nodes of bodies, by expansion path: only a graph with annotations attached has any."""
        return MappingProxyType(self._body_claims)

    @classmethod
    def build(
        cls, *, nodes: Iterable[Node], outputs: Iterable[Output], blobs: Resolver | None = None, **header: Any
    ) -> Self:
        """A graph from Python values, judged as if it had been read; header fields that are None are left out.

        ``blobs`` gives the files that tensors may stand in, by digest.

        Raises DocumentError with every problem, and UsageError for what JSON cannot say.
        """
        stated = {name: value for name, value in header.items() if value is not None}
        version = ".".join(map(str, VERSION))
        document = {"chainrule": version, "kind": "graph", "opset": {"core": 1}, **stated}
        try:
            text = orjson.dumps({**document, "nodes": list(nodes), "outputs": list(outputs)})
        except TypeError as error:
            raise UsageError(f"a graph is built from what JSON can say: {error}") from None
        # The way through JSON gives the document rows of its own.
        value = orjson.loads(text)
        judge_header(value, "graph")
        return cls.from_object(value if blobs is None else provide(value, blobs))

    def with_nodes(self, nodes: list[Node], *, structure: Structure | None = None, **header: Any) -> Self:
        """The same document with other rows and header fields (None takes one away); nothing is judged again.

        ``structure`` is that of the rows, where the caller knows it: else stage 5 finds it when it is asked for.
        """
        changed = {**header, "nodes": nodes}
        graph = self.model_copy(update=changed)
        graph._structure, graph._laying, graph._canonical_order = structure, None, None
        return graph

    def over(self, rows: list[Node], outputs: list[Output], structure: Callable[[], Structure]) -> Self:
        """The same header over rows and outputs that were judged elsewhere, laid out when somebody asks for it."""
        graph = self.model_copy(update={"nodes": rows, "outputs": outputs})
        graph._structure, graph._laying, graph._canonical_order = None, structure, None
        return graph

    def laid_out(self, structure: Structure) -> Self:
        """The same graph with what its nodes are to each other, for a caller that knows it; nothing is judged."""
        graph = self.model_copy()
        graph._structure = structure
        return graph

    def with_leaf_claims(self, claims: Mapping[str, Any]) -> Self:
        """The same graph with claims on the values of its leaves, whose own values it keeps."""
        graph = self.model_copy()
        graph._leaf_claims = dict(claims)
        return graph

    def with_body_claims(self, claims: Mapping[str, Mapping[str, Any]]) -> Self:
        """The same graph with claims on nodes of its bodies, by expansion path."""
        graph = self.model_copy()
        graph._body_claims = dict(claims)
        return graph

    @classmethod
    def _judged(cls, document: dict[str, Any], limits: Limits) -> Self:
        problems = Problems(limits.problems)
        graph = judge_model(cls, document, limits, problems)
        if graph is None or not graph._lay_out_plainly(limits):
            graph = cls._staged(graph, document, limits, problems)
        return graph

    def _lay_out_plainly(self, limits: Limits) -> bool:
        if self.dtype in (None, DEFAULT_DTYPE) and not self.functions and not self.groups:
            self._structure = plain_structure(self.nodes, self.outputs, fan_in=limits.fan_in, opset=self.opset["core"])
        return self._structure is not None

    @classmethod
    def _staged(cls, graph: Self | None, document: dict[str, Any], limits: Limits, problems: Problems) -> Self:
        judge_fields(document, limits, problems)
        if problems or graph is None:
            raise DocumentError.of(problems)
        graph._structure = graph._laid_out(limits)
        return graph

    def _laid_out(self, limits: Limits) -> Structure:
        return judge_structure(
            self.nodes,
            self.outputs,
            functions=self.functions or NO_FUNCTIONS,
            groups=self.groups or (),
            dtype=self.dtype,
            opset=self.opset["core"],
            limits=limits,
        )
