"""`chainrule schema`: the JSON Schema of a kind, and whether the published files are those of the code."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Annotated, Any, Literal

import orjson
from cyclopts import Parameter

from ...engine.catalogue import opset
from ...schema import UsageError, json_schema
from . import exits
from .printing import print_json

#: The kinds that this version reads.
KINDS = ("graph", "annotations", "assignment", "report", "grade")


def run(
    kind: Annotated[
        Literal["graph", "annotations", "assignment", "report", "grade"] | None, Parameter(help="The kind of document.")
    ] = None,
    /,
    *,
    check: Annotated[
        bool, Parameter(negative="", help="Compare the published schemas and op set with those that the code gives.")
    ] = False,
) -> int:
    """Print the JSON Schema of a kind of document, an aid for editors.

    For example:

    chainrule schema graph > graph.schema.json
    """
    if check == (kind is not None):
        raise UsageError(
            "schema needs a kind (graph, annotations, assignment, report or grade), or --check and no kind"
        )
    if kind is not None:
        print_json(json_schema(kind))
        return exits.NOTHING_AGAINST
    codes = [_compared(name, generated) for name, generated in _generated()]
    return exits.worst(codes)


def _generated() -> Iterator[tuple[str, Any]]:
    for kind in KINDS:
        yield f"{kind}.schema.json", json_schema(kind)
    ops = opset()
    yield f"opset-core-{ops['opset']}.json", ops


def _compared(name: str, generated: Any) -> int:
    published = files(f"{__name__.split('.', maxsplit=1)[0]}.schema").joinpath("published", "1.0", name)
    try:
        same = orjson.loads(published.read_bytes()) == orjson.loads(orjson.dumps(generated))
    except (FileNotFoundError, orjson.JSONDecodeError):
        print(f"{name}: it is not published, or is no JSON: write what the code gives")
        return exits.REFUTED
    print(f"{name}: {'as the code gives it' if same else 'differs from what the code gives: publish it again'}")
    return exits.NOTHING_AGAINST if same else exits.REFUTED
