"""A grade as one self-contained HTML file: no script, nothing fetched, the circuit drawn with the student's numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from ....schema import Grade
from ....schema.address import PORTED, read_address
from ...render.circuit import gates_of
from ...render.svg import draw_svg
from ..exam import Exam
from ..states import OPEN, ROOTS
from ..texts import Texts, plain, texts
from .view import SIGNS, general, remarks, rows, score_line, title_of

#: More gates than this make a picture that nobody reads.
MOST_GATES = 200

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

_STYLE = """
body { font-family: system-ui, "Noto Sans", "Noto Sans KR", sans-serif; color: #1f2328; background: #fff;
       margin: 0 auto; max-width: 62rem; padding: 1.5rem; line-height: 1.5; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
.score { font-size: 1.15rem; font-weight: 600; margin: 0 0 1rem; }
.first { border-left: 4px solid #33547d; background: #eef4fc; padding: .6rem 1rem; margin: 0 0 1rem; list-style: none; }
.first li + li { margin-top: .25rem; }
figure { margin: 0 0 1rem; overflow-x: auto; }
figure svg { max-width: 100%; height: auto; }
figcaption, .legend { color: #59636e; font-size: .85rem; }
table { border-collapse: collapse; width: 100%; }
th { text-align: left; border-bottom: 2px solid #59636e; padding: .35rem .6rem; white-space: nowrap; }
td { border-bottom: 1px solid #d1d9e0; padding: .35rem .6rem; vertical-align: top; }
td.number, td.points { white-space: nowrap; font-variant-numeric: tabular-nums; }
.state { white-space: nowrap; border-radius: .3rem; padding: .05rem .45rem; border: 1px solid #59636e; }
.right { background: #d5efda; border-color: #2f6f3e; }
.carried { background: #ffdfb8; border-color: #8a5a13; border-style: dashed; }
.refuted { background: #ffc9c2; border-color: #b3121d; border-width: 2px; font-weight: 600; }
.undecided { background: #ffe9a8; border-color: #7a6200; border-style: dotted; }
code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; background: #f2f4f6; padding: 0 .25rem; }
section + section { margin-top: 2.5rem; }
""".strip()


def html(grade: Grade, exam: Exam, languages: Sequence[str] = ("en",)) -> str:
    """The report as the text of a file; one section a language."""
    title = escape(title_of(exam.assignment.title, exam.assignment.id, languages[0]))
    sections = "\n".join("\n".join(_section(grade, exam, texts(language))) for language in languages)
    return (
        f'<!doctype html>\n<html lang="{languages[0]}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n<body>\n{sections}\n</body>\n</html>\n"
    )


def _section(grade: Grade, exam: Exam, words: Texts) -> Iterator[str]:
    yield f'<section lang="{words.language}">'
    yield f"<h1>{_text(title_of(exam.assignment.title, exam.assignment.id, words.language))}</h1>"
    yield f'<p class="score">{_text(score_line(grade, words))}</p>'
    notes = [words.say(message, _code, _text) for message in general(grade)]
    notes += [f"{_code(problem['at'] or '/')}: {_text(str(problem['message']))}" for problem in grade.problems]
    if notes:
        yield '<ul class="first">' + "".join(f"<li>{note}</li>" for note in notes) + "</ul>"
    if grade.slots:
        yield from _figure(grade, exam, words)
        yield from _table(grade, words)
    yield "</section>"


def _figure(grade: Grade, exam: Exam, words: Texts) -> Iterator[str]:
    if len(exam.graph.nodes) > MOST_GATES:
        return
    picture = circuit(grade, exam, words)
    states = {row.state for row in rows(grade)}
    signs = " ".join(
        f'<span class="state {kind_of(state)}">{SIGNS[state]} {_text(words.word(f"state.{state}"))}</span>'
        for state in SIGNS
        if state in states
    )
    if "carried" in states:
        signs += " " + _text(words.word("report.carried"))
    yield f"<figure>{picture}<figcaption>{_text(words.word('report.circuit'))}</figcaption></figure>"
    yield f'<p class="legend">{_text(words.word("report.legend"))}: {signs}</p>'


def _table(grade: Grade, words: Texts) -> Iterator[str]:
    heads = "".join(
        f'<th scope="col">{_text(words.word(f"report.{name}"))}</th>'
        for name in ("slot", "claim", "state", "points", "remark")
    )
    yield f"<table><thead><tr>{heads}</tr></thead><tbody>"
    for row in rows(grade):
        claim = _code(row.claim) if row.claim else "–"
        state = f"{SIGNS[row.state]} {_text(words.word(f'state.{row.state}'))}"
        remark = "<br>".join(remarks(row, words, _code, _text))
        yield (
            f'<tr><td>{_text(words.slot(row.address))}</td><td class="number">{claim}</td>'
            f'<td><span class="state {kind_of(row.state)}">{state}</span></td>'
            f'<td class="points">{_text(row.points)}</td><td>{remark}</td></tr>'
        )
    yield "</tbody></table>"


def kind_of(state: str) -> str:
    """The kind by which a state is coloured."""
    if state in ROOTS:
        return "refuted"
    if state in OPEN:
        return "undecided"
    return "carried" if state in ("carried", "disconnected") else "right"


def circuit(grade: Grade, exam: Exam, words: Texts) -> str:
    """The circuit as SVG with the student's own numbers, coloured by what they came to."""
    claims: dict[str, dict[str, str]] = {}
    marks: dict[tuple[str, str], str] = {}
    for row in rows(grade):
        address = read_address(row.address)
        if address is None or row.claim is None or address.element is not None:
            continue
        if address.field in PORTED:
            if (kind := kind_of(row.state)) != "right":
                marks[address.node, f"{address.field}[{address.port}]"] = kind
            continue
        claims.setdefault(address.node, {})[address.field] = row.claim
        marks[address.node, address.field] = kind_of(row.state)
    graph = exam.graph.with_nodes([_row(node, claims.get(node["id"], {})) for node in exam.graph.nodes])
    title = title_of(exam.assignment.title, exam.assignment.id, words.language)
    return draw_svg(gates_of(graph, marks, fold=True), plain(title), words.word("report.circuit"), ())


def _row(node: Mapping[str, Any], claims: Mapping[str, str]) -> Any:
    """A node with the student's numbers, under the name that the table uses."""
    named = {name: value for name, value in node.items() if name != "label"}
    return {**named, **{field: plain(claim) for field, claim in claims.items()}}


def _text(text: str) -> str:
    return escape(plain(text))


def _code(text: str) -> str:
    return f"<code>{escape(plain(text))}</code>"
