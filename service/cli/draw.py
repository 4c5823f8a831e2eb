"""`chainrule draw`: the circuit as a picture."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from ...schema import Assignment, ChainruleError, Grade, Graph, Report, UsageError, read
from ..sources import Source
from . import exits
from .each import each
from .inputs import inputs
from .options import Destination, Expression, Sources
from .reading import graph_of, named
from .rewriting import opened


def run(
    *sources: Sources,
    expr: Expression = None,
    format: Annotated[Literal["text", "svg"], Parameter(help="text, or one SVG file.")] = "text",  # noqa: A002
    verify: Annotated[
        bool, Parameter(negative="", help="Mark the numbers that verify refutes or cannot decide.")
    ] = False,
    fold: Annotated[bool, Parameter(help="Put scalar constants inside the gates that read them.")] = True,
    grade: Annotated[
        str | None, Parameter(help="A grade: the assignment's circuit with the student's numbers, as SVG.")
    ] = None,
    out: Destination = None,
) -> int:
    """Draw the circuit: the value above each wire, the gradient below it.

    For example:

    chainrule draw --format svg -o neuron.svg neuron.cr.json
    """
    if grade is not None:
        return _graded(list(sources), grade, out)
    given = inputs("draw", sources, expr)
    if format == "svg":
        given = _alone(given)
    with opened(out) as stream:

        def work(source: Source) -> int:
            with named(source.name):
                drawn = _drawn(source, format, verify=verify, fold=fold)
            title = f"{source.name}:\n" if source.many else ""
            stream.write((title + drawn).encode())
            return exits.NOTHING_AGAINST

        return each(given, work)


def _alone(given: Iterable[Source | ChainruleError]) -> Iterator[Source | ChainruleError]:
    """The one source; where there may be several, the refusal."""
    for source in given:
        if isinstance(source, Source) and source.many:
            yield UsageError(f"{source.container}: an SVG file holds one circuit: draw one document at a time")
            return
        yield source


def _drawn(source: Source, form: Literal["text", "svg"], *, verify: bool, fold: bool) -> str:
    from ..render import draw

    graph = graph_of(source)
    return draw(graph, format=form, fold=fold, report=_report(graph) if verify else None)


def _report(graph: Graph) -> Report:
    from ...engine.verify.report import verify

    return verify(graph)


def _graded(assignments: list[str], grade: str, out: str | None) -> int:
    """The circuit of an assignment with the numbers of one sheet, coloured by what they came to."""
    from ..grading.formats.html import circuit
    from ..grading.handed import grader_of
    from ..grading.texts import texts

    if len(assignments) != 1:
        raise UsageError("draw --grade needs one assignment: chainrule draw ASSIGNMENT --grade GRADE -o circuit.svg")
    task = read(Path(assignments[0]).read_bytes(), source=assignments[0], kind="assignment")
    found = read(Path(grade).read_bytes(), source=grade, kind="grade")
    assert isinstance(task, Assignment)
    assert isinstance(found, Grade)
    with opened(out) as stream:
        stream.write(circuit(found, grader_of(found, task).exam(None), texts("en")).encode() + b"\n")
    return exits.NOTHING_AGAINST
