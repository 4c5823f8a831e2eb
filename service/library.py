"""The library's functions: each takes a document in any form and is the twin of a command."""

import builtins
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import orjson

from ..engine import annotate as _annotate
from ..engine import backward as _backward
from ..engine import check as _check
from ..engine import forward as _forward
from ..engine.backward import Gradients
from ..engine.plan import Number
from ..engine.verify import Budget, Policy
from ..engine.verify.probe import PUBLIC
from ..engine.verify.report import verify as _verify
from ..schema import Annotations, Document, Graph, Report, attach, read
from ..schema import dump as _dump
from ..schema.canonical import canonical
from ..schema.digest import bytes_digest
from .atomic import replacing
from .forms import written_as
from .ordering import in_canonical_order, read_in_any_order

if TYPE_CHECKING:
    from ..engine.opening import Rewritten

#: A document as people have it: a path, the bytes of a file, its fields, or the document itself.
Source = str | Path | bytes | Mapping[str, Any] | Document


def load(source: Source, *, kind: str | None = None) -> Document:
    """The document, read strictly (stages 1 to 5 of the format), or DocumentError with every problem in it.

    A string is a path. `kind` demands a kind: graph, annotations or report.
    """
    if isinstance(source, Document):
        return source if kind in (None, source.kind) else read(_dump(source), kind=kind)
    return read(_bytes(source), source=_name(source), kind=kind)


def dump(document: Document, path: str | Path | None = None, *, canonical_form: bool = False) -> bytes:
    """The document as bytes, one node a line, or in canonical form; written to `path` if there is one.

    A path in `.cr.safetensors` gets a graph in columns, one in `.gz` is compressed. The file is replaced only when
    everything is written.
    """
    written = canonical(document) if canonical_form else written_as(document, path or "")
    if path is not None:
        with replacing(Path(path)) as stream:
            stream.write(written)
    return written


def check(source: Source) -> Document:
    """The document if every rule of the format holds, those of its ops included; DocumentError otherwise."""
    return _check(load(source))


def parse(
    text: str,
    /,
    values: Mapping[str, Any] | None = None,
    *,
    params: Sequence[str] = (),
    literals: Literal["double", "exact"] = "double",
    share: bool = False,
    output: str | None = None,
    dtype: str = "float64",
    **named: Any,
) -> Graph:
    """The circuit that an expression writes down, as a graph document; leaves get their values by name.

    `params` are the leaves that are trained; `literals="exact"` keeps 0.1 as 1/10; `share` merges equal
    sub-expressions; `output` names the objective where it is not the last statement. A leaf that is called like one
    of these goes into `values`. Raises InteropError with every problem of the text, its line and its column.
    """
    from .interop.expression import parse as parse_expression

    given = {name: _written(value) for name, value in {**(values or {}), **named}.items()}
    return parse_expression(
        text, params=params, literals=literals, share=share, output=output, dtype=dtype, values=given
    )


def forward(source: Source) -> Mapping[str, Number]:
    """Every wire's value by id: a float for a scalar, a float64 array for a tensor."""
    return _forward(_graph(source))


def backward(source: Source, *, kinks: str = "zero") -> Gradients:
    """Values and gradients of every wire; `kinks` names what is taken where there is no derivative."""
    return _backward(_graph(source), kinks=kinks)


def annotate(source: Source, *, kinks: str = "zero") -> Graph:
    """The same graph with every value, gradient, local and downstream gradient written in by the engine."""
    return _annotate(_graph(source), kinks=kinks)


def verify(
    source: Source,
    annotations: Source | None = None,
    *,
    judge: Literal["both", "local", "global"] = "both",
    detail: Literal["findings", "all"] = "findings",
    effort: Literal["quick", "standard", "thorough"] = "standard",
    seeds: Mapping[str, Any] | None = None,
    kinks: str = "any-subgradient",
    method: str | None = None,
    probe_seed: str | None = None,
    budget: str | None = None,
    key: bytes = PUBLIC,
) -> Report:
    """A report that judges every number which the document states about its graph.

    `annotations` judges the claims of that document instead of the graph's own. `judge` decides the overall verdict,
    `detail` which claims the report shows, `effort` how much work it may cost; `seeds` are those that the task asks
    for, by output, where the document might state others. `kinks` is any-subgradient, unique-only or convention:NAME.
    `method` hears one method alone; `probe_seed` draws the probes of an earlier report again, `key` new ones with a
    secret. `budget` limits the run besides: "milliseconds=500,evaluations=100,memory=64000000", any of them; what is
    left over is undecided. A wrong claim never raises.
    """
    graph = _graph(source)
    if annotations is not None:
        claims = load(annotations, kind="annotations")
        assert isinstance(claims, Annotations)
        graph = attach(claims, graph)
    digests = {} if isinstance(source, Document) else {"bytes": bytes_digest(_bytes(source))}
    policy = Policy(
        judge=judge,
        kinks=kinks,
        effort=effort,
        method=method,
        seeds=seeds or {},
        probe_seed=probe_seed,
        budget=None if budget is None else Budget.read(budget),
        key=key,
    )
    return _verify(graph, policy, detail=detail, digests=digests)


def explain(source: Source, node: str) -> str:
    """How a node comes by its gradient: local times upstream for every branch, in words."""
    from .explain import explain as explain_node

    return explain_node(_graph(source), node)


def draw(
    source: Source,
    *,
    format: Literal["text", "svg"] = "text",  # noqa: A002 the word that the command uses
    fold: bool = True,
    report: Report | None = None,
) -> str:
    """The circuit as text or SVG: values above the wires, gradients below; a report colours what it refuted."""
    from .render import draw as draw_graph

    return draw_graph(_graph(source), format=format, fold=fold, report=report)


def format(source: Source, *, sort: bool = False) -> Document:  # noqa: A001 the twin of the command of that name
    """The document with operands before their gates, mended if that is the only thing wrong with it.

    `sort` puts nodes in canonical order, by level and then by id.
    """
    document = source if isinstance(source, Document) else read_in_any_order(_bytes(source), source=_name(source))
    return in_canonical_order(document) if sort else document


def expand(source: Source, *, ops: Collection[str] | None = None, lost: list[str] | None = None) -> Graph:
    """The graph with the bodies of its calls and composites in their place, each in a box under its id.

    `ops` are the composites that are opened: all of them unless told, () for none, so that calls alone are written out;
    then the shape digest stays. `lost` takes what the graph stated and this form has no place for ("s: downstream").
    """
    from ..engine.opening import opened

    return _kept(opened(_graph(source), ops), lost)


def collapse(source: Source, *, lost: list[str] | None = None) -> Graph:
    """The graph with one gate for every box that names its function, and for every body that `expand` wrote out.

    `lost` takes what the graph stated and this form has no place for: numbers of wires inside ("s/e: grad").
    """
    from ..engine.closing import closed

    return _kept(closed(_graph(source)), lost)


def _kept(rewritten: "Rewritten", lost: list[str] | None) -> Graph:
    if lost is not None:
        lost += rewritten.lost
    return rewritten.graph


def _written(value: Any) -> Any:
    """A value as a document writes it: NumPy's numbers and arrays, fractions and decimals as people have them."""
    if isinstance(value, (np.ndarray, np.generic)):
        return cast(Any, value).tolist()
    return str(value) if isinstance(value, (Fraction, Decimal)) else value


def _graph(source: Source) -> Graph:
    document = load(source, kind="graph")
    assert isinstance(document, Graph)
    return document


def _bytes(source: str | Path | bytes | Mapping[str, Any]) -> bytes:
    if isinstance(source, builtins.bytes):
        return source
    if isinstance(source, Mapping):
        return orjson.dumps(source)
    return Path(source).read_bytes()


def _name(source: Any) -> str | None:
    return str(source) if isinstance(source, (str, Path)) else None
