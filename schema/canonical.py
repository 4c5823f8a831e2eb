"""Canonical form: two documents with the same canonical bytes are the same document (format.md 14)."""

from typing import Any

import orjson

from . import jcs
from .annotation import Annotations, NodeClaims
from .canonical_number import Canon
from .document import Document, Graph, Rounding
from .dtype import DEFAULT_DTYPE, is_floating
from .jsontypes import is_list, is_object
from .node import LEAVES, Node
from .opset import core_ops

_FLOAT64_SOURCE = Canon(DEFAULT_DTYPE, source=True)


def canonical(document: Document) -> bytes:
    """The canonical bytes of a document."""
    if isinstance(document, Graph):
        return jcs.dumps_ascii(_GraphForm(document).fields())
    fields = document.written()
    if isinstance(document, Annotations):
        fields |= _annotation_fields(document)
    if fields.get("detail") == "findings":
        del fields["detail"]
    return jcs.dumps({name: value for name, value in fields.items() if _says_something(name, value)})


def node_order(graph: Graph) -> list[int]:
    """The positions of the nodes in canonical order: by level, the longest path from a leaf, then by id."""
    levels: list[int] = []
    for operands in graph.structure.operands:
        levels.append(1 + max((levels[k] for k in operands), default=-1))
    ids = graph.structure.ids
    return sorted(range(len(ids)), key=lambda i: (levels[i], ids[i]))


def canonical_attributes(row: Node) -> dict[str, Any]:
    """The attributes of a node, without those that equal their defaults."""
    entry = core_ops()[row["op"]]
    written = {name: _attribute(value, entry.attrs[name].type) for name, value in row.get("attrs", {}).items()}
    defaults = {
        name: _attribute(attribute.default, attribute.type)
        for name, attribute in entry.attrs.items()
        if attribute.default is not None
    }
    return {name: value for name, value in written.items() if name not in defaults or value != defaults[name]}


def canonical_surrogate(surrogate: dict[str, Any]) -> dict[str, Any]:
    """A declared backward rule with its numbers in canonical form."""
    return {
        name: value if name in ("rule", "fn") else _FLOAT64_SOURCE.number(value) for name, value in surrogate.items()
    }


def _attribute(value: Any, kind: str) -> Any:
    if kind == "real":
        return _FLOAT64_SOURCE.number(value)
    return [_FLOAT64_SOURCE.number(entry) for entry in value] if kind == "reals" else value


def _says_something(name: str, value: Any) -> bool:
    return name in ("nodes", "claims") or (name != "$schema" and value not in ({}, []))


def _rounding(rounding: Rounding | None) -> dict[str, Any]:
    if rounding is None:
        return {}
    written = rounding.model_dump(exclude_none=True)
    if rounding.direction == "nearest":
        del written["direction"]
    return {} if written == {"mode": "exact"} else written


def _is_printed(rounding: Rounding | None) -> bool:
    return rounding is not None and rounding.digits is not None


class _GraphForm:
    """The canonical form of one graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._default = graph.dtype or DEFAULT_DTYPE
        self._printed = _is_printed(graph.rounding)
        self._canons: dict[tuple[str, bool], Canon] = {}

    def fields(self) -> dict[str, Any]:
        """The document as JSON values that `jcs.dumps_ascii` writes."""
        graph = self._graph
        since = max(core_ops()[op].since for op in graph.structure.ops)
        fields = graph.written() | {
            "chainrule": "1.0",
            "opset": {"core": since},
            "rounding": _rounding(graph.rounding),
            "nodes": [self._row(i) for i in node_order(graph)],
            "outputs": self._outputs(),
        }
        if graph.dtype == DEFAULT_DTYPE:
            del fields["dtype"]
        if graph.ext:
            fields["ext"] = orjson.Fragment(jcs.dumps(graph.ext))
        return {name: value for name, value in fields.items() if _says_something(name, value)}

    def _outputs(self) -> list[dict[str, Any]]:
        graph = self._graph
        outputs: list[dict[str, Any]] = []
        for output, position in zip(graph.outputs, graph.structure.outputs, strict=True):
            written: dict[str, Any] = {"node": output["node"]}
            if "seed" in output:
                written["seed"] = self._canon(graph.structure.dtypes[position], source=True).tensor(output["seed"])
            outputs.append(written)
        graded = any("grad" in row or "downstream" in row for row in graph.nodes)
        if graded and len(outputs) == 1:
            # Left out on a single output, the seed is 1.
            outputs[0].setdefault("seed", 1)
        return outputs

    def _row(self, i: int) -> dict[str, Any]:
        row = self._graph.nodes[i]
        written: dict[str, Any] = {"id": row["id"], "op": row["op"]}
        if inputs := row.get("inputs"):
            written["inputs"] = inputs
        if row.get("attrs") and (attrs := canonical_attributes(row)):
            written["attrs"] = attrs
        if "dtype" in row and row["dtype"] != self._default:
            written["dtype"] = row["dtype"]
        if (shape := row.get("shape")) and not (row["op"] in LEAVES and "value" in row):
            written["shape"] = shape
        written |= self._numbers(i, row) | _display(row)
        return written

    def _numbers(self, i: int, row: Node) -> dict[str, Any]:
        structure = self._graph.structure
        own = structure.dtypes[i]
        found: dict[str, Any] = {}
        if "value" in row:
            source = row["op"] in LEAVES
            found["value"] = self._canon(own, source).tensor(row["value"])
        if "grad" in row:
            found["grad"] = self._gradient(own).tensor(row["grad"])
        if "local" in row:
            found["local"] = _entries(row["local"], [self._gradient(own)] * len(row["local"]))
        if "downstream" in row:
            canons = [self._gradient(structure.dtypes[k]) for k in structure.operands[i]]
            found["downstream"] = _entries(row["downstream"], canons)
        return {name: value for name, value in found.items() if value is not None}

    def _gradient(self, dtype: str) -> Canon:
        return self._canon(dtype if is_floating(dtype) else self._default, source=False)

    def _canon(self, dtype: str, source: bool) -> Canon:
        if (dtype, source) not in self._canons:
            self._canons[dtype, source] = Canon(dtype, source, printed=self._printed and not source)
        return self._canons[dtype, source]


def _entries(raw: list[Any], canons: list[Canon]) -> list[Any] | None:
    entries = [None if entry is None else canon.tensor(entry) for entry, canon in zip(raw, canons, strict=True)]
    return entries if any(entry is not None for entry in entries) else None


def _display(row: Node) -> dict[str, Any]:
    """The fields that are no numbers of the wire."""
    found: dict[str, Any] = {}
    if "sample" in row:
        found["sample"] = row["sample"]
    if "label" in row:
        found["label"] = row["label"]
    if "surrogate" in row:
        found["surrogate"] = canonical_surrogate(row["surrogate"])
    if ext := row.get("ext"):
        found["ext"] = orjson.Fragment(jcs.dumps(ext))
    return found


def _annotation_fields(document: Annotations) -> dict[str, Any]:
    """Claims apart from their graph: their dtypes are not known, so tensors keep their form and numbers are doubles."""
    claims = Canon(DEFAULT_DTYPE, source=False, printed=_is_printed(document.rounding))
    return {
        "chainrule": "1.0",
        "rounding": _rounding(document.rounding),
        "nodes": {name: _claims(entry, claims) for name, entry in document.nodes.items()},
        "values": _sources(document.values),
        "seeds": _sources(document.seeds),
    }


def _sources(stated: dict[str, Any] | None) -> dict[str, Any]:
    return {name: _loose(raw, _FLOAT64_SOURCE) for name, raw in (stated or {}).items()}


def _claims(entry: NodeClaims, canon: Canon) -> dict[str, Any]:
    found = {name: _loose(raw, canon) for name, raw in entry.items()}
    return {name: raw for name, raw in found.items() if not _is_silent(raw)}


def _is_silent(raw: Any) -> bool:
    return raw is None or (is_list(raw) and all(_is_silent(part) for part in raw))


def _loose(raw: Any, canon: Canon) -> Any:
    if is_list(raw):
        return [_loose(part, canon) for part in raw]
    return raw if raw is None or is_object(raw) else canon.number(raw)
