"""`chainrule check`: can it be read, and if not, everything that is wrong with it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from ...engine import check
from ...schema import LEAVES, ChainruleError, Document, DocumentError, Graph, Problem, read
from ..amounts import counted
from ..sources import Source
from . import exits
from .inputs import inputs
from .options import Expression, Output, Sources
from .printing import print_error, print_json
from .progress import progress, stepped
from .reading import named


def run(*sources: Sources, expr: Expression = None, output: Output = "text") -> int:
    """Say of every document what it is, or every problem for which it cannot be read: FILE:/POINTER: CODE: MESSAGE.

    Nothing is computed and no number is judged; verify does that.

    For example:

    chainrule check circuits/ homework.cr.jsonl
    """
    with progress("documents", lines=True) as step:
        checked = [_checked(source, output) for source in stepped(inputs("check", sources, expr), step)]
    rows = [result.row for result in checked if result.row]
    if output == "json" and rows:
        print_json(rows if any(result.many for result in checked) else rows[0])
    return exits.worst(result.code for result in checked)


class _Result(NamedTuple):
    """What came of one source; `row` is what JSON says of it, None where there was nothing to read."""

    code: int
    row: dict[str, Any] | None
    many: bool


def _checked(source: Source | ChainruleError, output: str) -> _Result:
    try:
        if isinstance(source, ChainruleError):
            raise source
        with named(source.name):
            document = check(read(source.data, source=source.name))
    except DocumentError as error:
        return _said(output, str(error), _row(error.source or "", None, error.problems), source)
    except ChainruleError as error:
        print_error(error)
        return _Result(exits.CANNOT_JUDGE, None, many=True)
    return _said(output, f"{source.name}: {_sound(document)}", _row(source.name, document.kind, ()), source)


def _said(output: str, text: str, row: dict[str, Any], source: Source | ChainruleError) -> _Result:
    if output == "text":
        print(text)
    elif output == "ndjson":
        print(orjson.dumps(row).decode())
    code = exits.CANNOT_JUDGE if row["problems"] else exits.NOTHING_AGAINST
    return _Result(code, row, many=isinstance(source, Source) and source.many)


def _row(name: str, kind: str | None, problems: Iterable[Problem]) -> dict[str, Any]:
    return {"source": name, "kind": kind, "problems": [problem.model_dump(exclude_none=True) for problem in problems]}


def _sound(document: Document) -> str:
    if not isinstance(document, Graph):
        return f"a sound document of kind {document.kind}"
    gates = sum(op not in LEAVES for op in document.structure.ops)
    return f"a sound graph: {counted(gates, 'gate')}, {counted(len(document.nodes) - gates, 'leaf', 'leaves')}"
