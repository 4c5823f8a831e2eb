"""Documents with claims written into them, and the folder that they are kept in."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, cast

from chainrule.schema import Graph, Node

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"

_ADDRESS = re.compile(r"(?P<wire>.+)\.(?P<field>value|grad|local|downstream)(?:\[(?P<port>[0-9]+)\])?")
_ORIGIN = "org.chainrule.origin"


def with_claims(graph: Graph, claims: Mapping[str, Any]) -> Graph:
    """The graph that states these numbers: `x.grad` and `s.value`, `f.local[0]` and `f.downstream[1]` of a slot."""
    rows = {row["id"]: cast(dict[str, Any], dict(row)) for row in graph.nodes}
    for address, number in claims.items():
        wire, field, port = _parts(address)
        if port is None:
            rows[wire][field] = number
        else:
            slots = rows[wire].setdefault(field, [None] * len(rows[wire]["inputs"]))
            slots[port] = number
    return _judged(graph, rows.values())


def with_labels(graph: Graph, labels: Mapping[str, str], meta: Mapping[str, str]) -> Graph:
    """The graph as a page for people: labels on its wires, a new `meta`, no spans of the text it was made from."""
    rows = [_labelled(_without_origin(row), labels.get(row["id"])) for row in graph.nodes]
    return _judged(graph, rows, meta=dict(meta))


def write(files: Mapping[Path, bytes]) -> None:
    """Write every file, and remove documents and cases of the same folders that are no longer made."""
    for folder in {path.parent for path in files}:
        for stale in set(made_files(folder)) - files.keys():
            stale.unlink()
    for path, content in files.items():
        path.write_bytes(content)


def made_files(folder: Path) -> list[Path]:
    """The documents and cases of a folder: what a script made there."""
    return sorted([*folder.glob("*.cr.json"), *folder.glob("*.case.json")])


def _parts(address: str) -> tuple[str, str, int | None]:
    found = _ADDRESS.fullmatch(address)
    assert found is not None, f"{address} is no address of a claim"
    return found["wire"], found["field"], None if found["port"] is None else int(found["port"])


def _labelled(row: Mapping[str, Any], label: str | None) -> Mapping[str, Any]:
    return row if label is None else {"id": row["id"], "op": row["op"], "label": label, **row}


def _without_origin(row: Mapping[str, Any]) -> dict[str, Any]:
    ext = {key: value for key, value in row.get("ext", {}).items() if key != _ORIGIN}
    bare = {key: value for key, value in row.items() if key != "ext"}
    return bare | ({"ext": ext} if ext else {})


def _judged(graph: Graph, rows: Iterable[Mapping[str, Any]], **header: Any) -> Graph:
    """The same document with other rows, read as strictly as any."""
    stated = {key: value for key, value in graph.written().items() if key not in ("chainrule", "kind", "nodes")}
    return Graph.build(nodes=cast(Iterable[Node], rows), **{**stated, **header})
