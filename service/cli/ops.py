"""`chainrule ops`: the op set as people read it, printed from the declarations that run."""

from typing import Annotated, Any, Literal

from cyclopts import Parameter

from ...engine.catalogue import Entry, ops
from ...engine.certification.certify import HEADERS, Row, cells, certification
from ...engine.certification.tensor_certify import TensorRow
from ...schema import UsageError
from ...schema.wording import nearest_clause, nearest_op
from ..elsewhere import NAMES, NOWHERE
from ..gates import manner
from ..tables import aligned, markdown, table
from . import exits
from .printing import print_json
from .progress import progress, stepped

_HEADERS = ("op", "signature", "formula", "gradients", "pattern", "kink", "domain", "ONNX", "ATen", "jax", "NumPy")


def run(
    name: Annotated[str | None, Parameter(help="One op, in detail.")] = None,
    /,
    *,
    output: Annotated[
        Literal["text", "json", "markdown"], Parameter(help="A table, JSON, or a table of Markdown.")
    ] = "text",
    certify: Annotated[
        bool, Parameter(help="Hold the rules against proofs that use no derivative rule, in every dtype.")
    ] = False,
) -> int:
    """List the ops with their formulas, local gradients, what they do with a gradient, and where they have a kink.

    For example:

    chainrule ops mul
    """
    entries = ops() if name is None else [_named(name)]
    if certify:
        return _certify([entry.name for entry in entries], output)
    if output == "json":
        print_json([_as_json(entry) for entry in entries] if name is None else _as_json(entries[0]))
    elif output == "markdown":
        print(markdown(_HEADERS, [_cells(entry) for entry in entries]))
    else:
        print(table(_HEADERS, [_cells(entry) for entry in entries]) if name is None else _detail(entries[0]))
    return exits.NOTHING_AGAINST


def _certify(names: list[str], output: Literal["text", "json", "markdown"]) -> int:
    """Print what was measured of each slot in each dtype; the exit code says whether every rule is certified."""
    with progress("ops", lines=True) as step:
        rows = [row for name in stepped(names, step) for row in certification([name])]
    if output == "json":
        print_json([row._asdict() | {"certified": row.certified} for row in rows])
    else:
        print((markdown if output == "markdown" else table)(HEADERS, [cells(row) for row in rows]))
    return exits.NOTHING_AGAINST if all(map(_is_certified, rows)) else exits.REFUTED


def _is_certified(row: Row | TensorRow) -> bool:
    return row.certified


def _named(name: str) -> Entry:
    known = {entry.name: entry for entry in ops()}
    if name not in known:
        raise UsageError(f"no op is called {name}{nearest_clause(nearest_op(name, known))}")
    return known[name]


def _cells(entry: Entry) -> list[str]:
    gradients = "; ".join(entry.local) or ("those of the body" if entry.composite else "none")
    kink = entry.kink or ("where operands tie" if entry.ties else "")
    return [
        *(entry.name, entry.signature, entry.formula if entry.elementwise else entry.body or entry.formula, gradients),
        *(entry.pattern.name.lower(), kink, entry.domain or ""),
        *NAMES.get(entry.name, NOWHERE),
    ]


def _as_json(entry: Entry) -> dict[str, Any]:
    pattern = {"pattern": entry.pattern.name.lower(), "manner": manner(entry.name)}
    return entry._asdict() | pattern | {"elsewhere": NAMES.get(entry.name, NOWHERE)._asdict()}


def _detail(entry: Entry) -> str:
    rows = [("value", entry.formula)] if entry.elementwise else []
    rows += [("body", entry.body)] if entry.body else []
    rows += [("domain", entry.domain)] if entry.domain else []
    said = "local" if entry.elementwise else "sends"
    rows += [(said if i == 0 else "", gradient) for i, gradient in enumerate(entry.local)]
    rows += [("gradient", manner(entry.name)), ("pattern", f"{entry.pattern.name.lower()}: it {entry.pattern.value}")]
    if entry.kink:
        rows.append(("kink", f"{entry.kink}: every slope between those on its two sides is admissible"))
    if entry.jump:
        rows.append(("jump", f"{entry.jump}: there is no derivative, and what is taken for one is a convention"))
    if entry.ties:
        rows.append(("kink", "where entries tie: any shares that add up to 1 are admissible"))
    if entry.composite:
        rows.append(("composite", "it collapses several gates into one"))
    known = NAMES.get(entry.name, NOWHERE)._asdict().items()
    if names := [f"{system}: {name}" for system, name in known if name]:
        rows.append(("elsewhere", "; ".join(names)))
    rows.append(("certified", f"by chainrule ops {entry.name} --certify"))
    rows.append(("family", f"{entry.family}, in the op set since version {entry.since}"))
    return f"{entry.signature}\n{entry.summary}\n\n{aligned(rows)}"
