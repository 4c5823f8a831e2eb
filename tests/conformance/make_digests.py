"""Writes the canonical bytes and the digests of the valid documents: python -m tests.conformance.make_digests

They are frozen at the first release; afterwards only new documents may get new entries.
"""

import json
from pathlib import Path

from chainrule.schema import Document, Graph, canonical, document_digest, graph_digest, read, shape_digest

VALID = Path(__file__).parents[2] / "fixtures" / "documents" / "valid"
DIGESTS = VALID / "digests.json"


def names() -> list[str]:
    """The valid documents."""
    return sorted(path.name.removesuffix(".cr.json") for path in VALID.glob("*.cr.json"))


def document(name: str) -> Document:
    """The document of that name."""
    return read((VALID / f"{name}.cr.json").read_bytes(), source=name)


def digests(found: Document) -> dict[str, str]:
    """Its digest, and those of its graph."""
    if not isinstance(found, Graph):
        return {"document": document_digest(found)}
    return {"document": document_digest(found), "graph": graph_digest(found), "shape": shape_digest(found)}


if __name__ == "__main__":
    for name in names():
        (VALID / f"{name}.canonical.json").write_bytes(canonical(document(name)))
    table = {name: digests(document(name)) for name in names()}
    DIGESTS.write_text(json.dumps(table, indent=2) + "\n", encoding="utf-8")
