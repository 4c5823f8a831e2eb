"""`chainrule explain`: how a wire comes by its value and its gradient, and how a number of a grade was judged."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ...schema import Assignment, Grade, UsageError, read
from ..explain import explain
from ..sources import Source
from . import exits
from .each import each
from .inputs import inputs
from .options import Expression, Sources
from .reading import graph_of, named


def run(
    *sources: Sources,
    expr: Expression = None,
    slot: Annotated[str | None, Parameter(help="A number of a grade, as in grad:x1: how it was judged.")] = None,
    assignment: Annotated[str | None, Parameter(help="The assignment that the grade is of; with --slot.")] = None,
) -> int:
    """Tell how a wire comes by its gradient: local × upstream = downstream for every branch, in words.

    The last argument is the id of the node; with --expr, the one that is not NAME=VALUE.

    For example:

    chainrule explain --expr "f = (x + y) * z" x=-2 y=5 z=-4 x

    chainrule explain grade.cr.json --slot grad:x1 --assignment neuron.cr.json
    """
    if slot is not None:
        return _appeal(list(sources), slot, assignment)
    names = [argument for argument in sources if "=" not in argument] if expr is not None else list(sources[1:])
    if not names:
        raise UsageError("explain needs a node at the end, as in chainrule explain circuit.cr.json x")
    node = names[-1]
    place = len(sources) - 1 - sources[::-1].index(node)
    rest = (*sources[:place], *sources[place + 1 :])

    def work(source: Source) -> int:
        with named(source.name):
            told = explain(graph_of(source), node)
        print(f"{source.name}:\n{told}" if source.many else told, end="")
        return exits.NOTHING_AGAINST

    return each(inputs("explain", rest, expr), work)


def _appeal(grades: list[str], slot: str, assignment: str | None) -> int:
    from ..grading.appeal import appeal

    if len(grades) != 1 or assignment is None:
        raise UsageError(
            "explain --slot needs one grade and its assignment: explain GRADE --slot SLOT --assignment FILE"
        )
    grade = read(Path(grades[0]).read_bytes(), source=grades[0], kind="grade")
    task = read(Path(assignment).read_bytes(), source=assignment, kind="assignment")
    assert isinstance(grade, Grade)
    assert isinstance(task, Assignment)
    print(appeal(grade, task, slot), end="")
    return exits.NOTHING_AGAINST
