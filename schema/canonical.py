"""Canonical form: two documents with the same canonical bytes are the same document (format.md 14)."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, cast

import orjson

from . import jcs
from .annotation import Annotations
from .assignment import Assignment
from .canonical_node import canonical_attributes, canonical_surrogate, constant, row_order
from .canonical_number import Canon, is_plain
from .document import Document, Graph, Rounding
from .dtype import DEFAULT_DTYPE, is_floating
from .function import Function, Group
from .grouping import group_exits
from .jsontypes import is_list, is_object
from .node import LEAVES, Node
from .opset import core_ops

#: The fields of most rows: those that hold one number, those that hold one a slot, and all of them.
_NUMBERS, _SLOTS = frozenset({"value", "grad"}), frozenset({"local", "downstream"})
_LISTS = frozenset({"inputs"}) | _SLOTS
_FREQUENT = frozenset({"id", "op"}) | _NUMBERS | _LISTS

_FLOAT64_SOURCE = Canon(DEFAULT_DTYPE, source=True)


def canonical(document: Document) -> bytes:
    """The canonical bytes of a document."""
    if isinstance(document, Graph):
        return jcs.dumps_ascii(_GraphForm(document).fields())
    fields = document.written()
    if isinstance(document, Annotations):
        fields |= _annotation_fields(document)
    if isinstance(document, Assignment):
        fields["graph"] = orjson.loads(canonical(document.circuit))
    if fields.get("detail") == "findings":
        del fields["detail"]
    return jcs.dumps({name: value for name, value in fields.items() if _says_something(name, value)})


def node_order(graph: Graph) -> list[int]:
    """The positions of the nodes in canonical order: by level, the longest path from a leaf, then by id."""
    return graph.canonical_order


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
        fields = graph.written() | {
            "chainrule": "1.0",
            "opset": {"core": _least_opset(graph)},
            "rounding": _rounding(graph.rounding),
            "nodes": [self._row(i) for i in node_order(graph)],
            "outputs": self._outputs(),
            "functions": {name: self._function(function) for name, function in (graph.functions or {}).items()},
            "groups": self._groups(),
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

    def _row(self, i: int) -> Any:
        row = self._graph.nodes[i]
        if self._doubles and row.keys() <= _FREQUENT:
            return row if _is_canonical(row) else self._frequent(row)
        return self._structural(row) | self._numbers(i, row) | _display(row)

    @cached_property
    def _doubles(self) -> bool:
        """True if every number is one of double precision."""
        return self._default == DEFAULT_DTYPE and set(self._graph.structure.dtypes) <= {DEFAULT_DTYPE}

    def _frequent(self, row: Node) -> dict[str, Any]:
        """The same of a row that has nothing but frequent fields; those in canonical form stay as they are."""
        changed: dict[str, Any] = {}
        for name, said in cast(dict[str, Any], row).items():
            if name in _NUMBERS:
                if not is_plain(said):
                    source = name == "value" and row["op"] in LEAVES
                    changed[name] = self._canon(DEFAULT_DTYPE, source).tensor(said)
            elif name in _LISTS and not said:
                changed[name] = None
            elif name in _SLOTS and not all(map(is_plain, said)):
                changed[name] = _entries(said, [self._canon(DEFAULT_DTYPE, source=False)] * len(said))
        return {name: value for name, value in (row | changed).items() if value is not None}

    def _function(self, function: Function) -> dict[str, Any]:
        rows = [function["nodes"][i] for i in row_order(function["nodes"])]
        return {**function, "nodes": [self._body_row(row) for row in rows]}

    def _body_row(self, row: Node) -> dict[str, Any]:
        """A node of a body states no number but the value of a constant."""
        value = {"value": constant(row, row.get("dtype", self._default))} if "value" in row else {}
        return self._structural(row) | value | _display(row)

    def _groups(self) -> list[dict[str, Any]]:
        groups = self._graph.groups or []
        place = {self._graph.nodes[i]["id"]: k for k, i in enumerate(node_order(self._graph))} if groups else {}
        exits = group_exits(groups, self._graph.structure)
        written = [self._group(group, exit_, place) for group, exit_ in zip(groups, exits, strict=True)]
        return sorted(written, key=lambda group: group["id"])

    def _group(self, group: Group, exit_: list[int], place: dict[str, int]) -> dict[str, Any]:
        written: dict[str, Any] = {**group, "nodes": sorted(group["nodes"], key=lambda name: place[name])}
        if "local" in group:
            canon = self._gradient(self._graph.structure.dtypes[exit_[0]])
            written["local"] = _entries(group["local"], [canon] * len(group["local"]))
        return {name: value for name, value in written.items() if value not in (None, [])}

    def _structural(self, row: Node) -> dict[str, Any]:
        written: dict[str, Any] = {"id": row["id"], "op": row["op"]}
        if inputs := row.get("inputs"):
            written["inputs"] = inputs
        if row.get("attrs") and (attrs := canonical_attributes(row)):
            written["attrs"] = attrs
        if "dtype" in row and row["dtype"] != self._default:
            written["dtype"] = row["dtype"]
        if (shape := row.get("shape")) and not (row["op"] in LEAVES and "value" in row):
            written["shape"] = shape
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


def _is_canonical(row: Node) -> bool:
    """True if a row of frequent fields holds nothing but plain numbers, and no empty list."""
    if not (row.get("inputs", True) and row.get("local", True) and row.get("downstream", True)):
        return False
    numbers = row.get("value", 0), row.get("grad", 0), *row.get("local", ()), *row.get("downstream", ())
    return all(map(is_plain, numbers))


def _least_opset(graph: Graph) -> int:
    """The oldest op set that has every op of the graph and of its bodies."""
    lists = [graph.nodes, *(function["nodes"] for function in (graph.functions or {}).values())]
    ops = core_ops()
    return max((ops[op].since for op in {row["op"] for rows in lists for row in rows} if op in ops), default=1)


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
        "nodes": _claimed(document.nodes, claims),
        "groups": _claimed(document.groups or {}, claims),
        "values": _sources(document.values),
        "seeds": _sources(document.seeds),
    }


def _sources(stated: dict[str, Any] | None) -> dict[str, Any]:
    return {name: _loose(raw, _FLOAT64_SOURCE) for name, raw in (stated or {}).items()}


def _claimed(entries: Mapping[str, Mapping[str, Any]], canon: Canon) -> dict[str, Any]:
    """The entries that claim something."""
    found = {name: _claims(entry, canon) for name, entry in entries.items()}
    return {name: claims for name, claims in found.items() if claims}


def _claims(entry: Mapping[str, Any], canon: Canon) -> dict[str, Any]:
    found = {name: _loose(raw, canon) for name, raw in entry.items()}
    return {name: raw for name, raw in found.items() if not _is_silent(raw)}


def _is_silent(raw: Any) -> bool:
    return raw is None or (is_list(raw) and all(_is_silent(part) for part in raw))


def _loose(raw: Any, canon: Canon) -> Any:
    if is_list(raw):
        return [_loose(part, canon) for part in raw]
    return raw if raw is None or is_object(raw) else canon.number(raw)
