"""Recorded graphs of torch and jax, with value and gradient at every node, as documents that claim these numbers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from chainrule.service.interop.importing import Conversion, Foreign, Importer
from chainrule.service.interop.jax import lowered as lowered_jax
from chainrule.service.interop.torch import lowered_aten

#: The recorded graphs, beside the repository.
FOLDER = Path(__file__).parents[3] / "shared" / "data" / "graphs"

FILES = sorted(path.stem for path in FOLDER.glob("*.json"))

_KINDS = {"float64": np.float64, "int64": np.int64, "int32": np.int32, "bool": np.bool_}
_SPECIAL = {"NaN": np.nan, "Infinity": np.inf, "-Infinity": -np.inf}

Nodes = Mapping[str, Any]


def read(name: str) -> dict[str, Any]:
    """A recorded graph."""
    return json.loads((FOLDER / f"{name}.json").read_text("utf-8"))


def converted(recorded: Mapping[str, Any]) -> Conversion:
    """The document that claims every number of the record; wires computed from constants alone stay nodes."""
    from_torch = recorded["producer"].startswith("torch")
    importer = Importer(lowered_aten if from_torch else lowered_jax, folds=from_torch)
    wires: dict[str, Any] = {}
    for row in recorded["nodes"]:
        wires[row["id"]] = _wire(importer, row, wires)
    output = wires[recorded["output"]]
    kinks = "torch" if from_torch else "jax"
    meta = {"generator": f"{recorded['producer']}, {recorded['level']}"}
    return importer.document([(output, recorded["seed"])], kinks=kinks, meta=meta)


def _wire(importer: Importer, row: Mapping[str, Any], wires: Nodes) -> Any:
    kwargs = {key: _argument(raw, wires) for key, raw in row.get("kwargs", {}).items()}
    args = [_argument(raw, wires) for raw in row.get("args", ())]
    origin = {key: row[key] for key in ("path", "source", "within") if key in row} | {
        "name": row["id"],
        "op": row["op"],
    }
    node = Foreign(row["id"], row["op"], args, kwargs, array(row, "value"), array(row, "grad"), origin)
    match row["op"]:
        case "input" | "const":
            kind = {"parameter": "param", "buffer": "const"}.get(row.get("role", ""), row["op"])
            return importer.leaf(node, node.value, kind=kind, label=row.get("target"))
        case "getitem":
            return importer.part(node, wires[row["args"][0]["ref"]], row["args"][1])
        case _:
            return importer.node(node)


def array(row: Mapping[str, Any], field: str) -> NDArray[Any] | None:
    """A stored value or gradient."""
    if field not in row:
        return None
    entries = [_SPECIAL.get(entry, entry) if isinstance(entry, str) else entry for entry in row[field]]
    return np.array(entries, dtype=_KINDS[row["dtype"] if field == "value" else "float64"]).reshape(row["shape"])


def _argument(raw: Any, wires: Nodes) -> Any:
    if isinstance(raw, list):
        return [_argument(entry, wires) for entry in raw]
    if not isinstance(raw, dict):
        return _SPECIAL.get(raw, raw) if isinstance(raw, str) else raw
    held = cast(dict[str, Any], raw)
    for key in ("ref", "literal", "dtype", "torch"):
        if set(held) == {key}:
            return wires[held[key]] if key == "ref" else _argument(held[key], wires)
    return {key: _argument(entry, wires) for key, entry in held.items()}
