"""`chainrule convert`: the same circuit in another form."""

import sys
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from ...engine.closing import closed
from ...engine.opening import Rewritten, opened
from ...schema import Graph, UsageError
from ..sources import Source
from .inputs import inputs
from .options import Destination, Expression, InPlace, Output, Sources
from .reading import graph_of
from .rewriting import rewrite

#: So many left out numbers are named; of the others it is said how many there are.
_NAMED = 8


def run(
    *sources: Sources,
    expr: Expression = None,
    expand: Annotated[
        bool, Parameter(negative="", help="Write calls and composites out, gate by gate, each in a box.")
    ] = False,
    collapse: Annotated[
        bool, Parameter(negative="", help="Make one gate of every box and body that a function spells out.")
    ] = False,
    op: Annotated[
        Sequence[str] | None, Parameter(help="With --expand: open this composite only; may be given several times.")
    ] = None,
    output: Output = "text",
    out: Destination = None,
    in_place: InPlace = False,
) -> int:
    """Write gates out into the gates of their bodies, collapse bodies into one gate, or change the form of the file.

    Numbers stay where their wire does; what has no place in the other form is said on standard error. The name behind
    -o tells the form: *.cr.safetensors holds one graph in columns, everything else is JSON.

    For example:

    chainrule convert --expand --expr "s = sigmoid(w*x)" w=2 x=-1
    """
    if expand and collapse:
        raise UsageError("--expand and --collapse undo each other: give one of them")
    if not (expand or collapse or out):
        raise UsageError(
            "convert to what? give --expand or --collapse, or -o with a name in *.cr.json or *.cr.safetensors"
        )
    if op and not expand:
        raise UsageError("--op says which composites --expand opens: give both")

    def change(source: Source) -> Graph:
        graph = graph_of(source)
        if not (expand or collapse):
            return graph
        return _said(source, opened(graph, op or None) if expand else closed(graph))

    return rewrite(inputs("convert", sources, expr), change, form=output, destination=out, in_place=in_place)


def _said(source: Source, rewritten: Rewritten) -> Graph:
    """The graph, after saying what it does not state any more."""
    lost = rewritten.lost
    if lost:
        more = f", and {len(lost) - _NAMED} more" if len(lost) > _NAMED else ""
        print(f"{source.name}: left out: {', '.join(lost[:_NAMED])}{more}", file=sys.stderr)
    return rewritten.graph
