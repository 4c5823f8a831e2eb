"""The two forms of a document in a file, told apart by the end of its name: JSON, and columns for large graphs."""

import gzip
from pathlib import Path

from ..schema import Document, Graph, UsageError, dump

#: How the names of column files end.
COLUMNS = ".cr.safetensors"


def written_as(document: Document, name: str | Path) -> bytes:
    """The document in the form that a file of this name has; UsageError for what columns cannot hold."""
    path = Path(name)
    if not path.name.endswith(COLUMNS):
        text = dump(document)
        return gzip.compress(text, mtime=0) if path.suffix == ".gz" else text
    if not isinstance(document, Graph):
        raise UsageError(f"{path}: columns hold a graph; write the {document.kind} to a *.cr.json")
    # Documents in JSON need no arrays.
    from ..schema.columns import pack

    return pack(document)
