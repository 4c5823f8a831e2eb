"""`parse`: a text becomes a graph, or every problem in it is named with its place."""

from collections.abc import Collection, Mapping, Sequence

from ....schema import Graph
from ....schema.dtype import DEFAULT_DTYPE
from ....schema.wording import nearest, nearest_clause
from .constants import Value, as_written
from .drafts import rows_of
from .findings import Findings
from .literals import Literals
from .lowering import Lowering
from .reading import Tree, read
from .source import Source

_LONGEST_META = 4_096


def parse(
    text: str,
    /,
    *,
    params: Collection[str] = (),
    literals: Literals = "double",
    share: bool = False,
    output: str | None = None,
    dtype: str = DEFAULT_DTYPE,
    values: Mapping[str, Value] | None = None,
) -> Graph:
    """The graph that a text writes down: ``f = (x + y) * z``, or several statements, the last one the output.

    Operand order, repeated parts, subtraction and division stay as written. Names not assigned are leaves: `input`,
    or `param` if listed in `params`; `values` gives their numbers (nested lists for tensors, strings for exact
    decimals), and a leaf without a value leaves the graph unbound. Numbers in the text are doubles, or the rationals
    as written with ``literals="exact"``; what no literal can say is ``const(-2)`` or ``const("1/3")``.
    `share` merges equal parts; `output` names another wire than the last. Every node carries its span in the text,
    which is kept as ``meta["source"]`` up to the format's length of such an entry.

    Raises InteropError with all problems, each with line, column and a caret; DocumentError if a given value is no
    number of the format.

    >>> [row["id"] for row in parse("f = (x + y) * z").nodes]
    ['x', 'y', 'add', 'z', 'f']
    """
    source = Source(text)
    findings = Findings(source)
    lowering = Lowering(findings, literals=literals, share=share)
    last = _statements(read(source, findings), lowering, findings)
    findings.check()
    values = values or {}
    _bind(lowering, params, values, findings)
    root = _output(lowering, output, last, findings)
    findings.check()
    rows = rows_of(lowering.drafts)
    meta = {"source": text} if len(text) <= _LONGEST_META else None
    stated = None if dtype == DEFAULT_DTYPE else dtype
    return Graph.build(nodes=rows, outputs=[{"node": rows[root]["id"]}], dtype=stated, meta=meta)


def _statements(trees: Sequence[Tree], lowering: Lowering, findings: Findings) -> int:
    """Lower every statement; the place of the last one's wire."""
    last = 0
    for tree in trees:
        if tree.name is None and tree is not trees[-1]:
            findings.unsupported(tree.place.whole, "only the last statement may stand without NAME =")
        last = lowering.statement(tree)
    return last


def _bind(lowering: Lowering, params: Collection[str], values: Mapping[str, Value], findings: Findings) -> None:
    leaves = {draft.name: draft for draft in lowering.drafts if draft.op == "input"}
    for name in (*values, *params):
        if name not in leaves:
            _missing(name, "input", [leaf for leaf in leaves if leaf], findings)
    for name in set(params) & leaves.keys():
        leaves[name].op = "param"
    for name in values.keys() & leaves.keys():
        leaves[name].value = as_written(values[name])


def _output(lowering: Lowering, output: str | None, last: int, findings: Findings) -> int:
    if output is None:
        return last
    if output not in lowering.wires:
        _missing(output, "wire", list(lowering.wires), findings)
    return lowering.wires.get(output, last)


def _missing(name: str, what: str, known: Sequence[str], findings: Findings) -> None:
    near = nearest(name, known)
    findings.add("ref.dangling", None, f"no {what} of the text is called {name}{nearest_clause(near)}", near)
