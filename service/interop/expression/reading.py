"""The text as Python's syntax trees, one statement at a time, with spans in the whole text."""

import ast
from collections.abc import Sequence
from typing import NamedTuple

from .findings import Findings
from .guards import check_text, is_harmless, refused
from .lexer import Token, statements
from .source import Source, Span, line_starts


class Tree(NamedTuple):
    """One statement: the syntax tree, its name if it has one, and where it stands in the text."""

    name: ast.Name | None
    expression: ast.expr
    place: "Place"


class Place:
    """Turns the parser's lines and columns inside one statement into offsets of the whole text."""

    def __init__(self, start: int, text: str) -> None:
        self._text = text
        self._lines = [start + offset for offset in line_starts(text)]
        self.whole = Span(start, start + len(text))

    def at(self, line: int, column: int) -> int:
        """Offset of a 1-based line and 0-based column, kept inside the statement."""
        line = min(max(line, 1), len(self._lines))
        return min(self._lines[line - 1] + max(column, 0), self.whole.end - 1)

    def written(self, node: ast.expr) -> str:
        """The text of an expression."""
        start, end = self.span(node)
        return self._text[start - self.whole.start : end - self.whole.start]

    def span(self, node: ast.expr) -> Span:
        """Where an expression stands, without brackets around it."""
        end = self.at(node.end_lineno or node.lineno, (node.end_col_offset or node.col_offset + 1) - 1) + 1
        return Span(self.at(node.lineno, node.col_offset), end)


def read(source: Source, findings: Findings) -> list[Tree]:
    """The statements that can be parsed; everything about the others is in `findings`."""
    check_text(source.text, findings)
    findings.check()
    found = list(statements(source.text))
    if not found:
        findings.malformed(Span(0, 1), "the text is empty; write an expression such as (x + y) * z")
    trees = [_tree(source.text, tokens, findings) for tokens in found]
    return [tree for tree in trees if tree is not None]


def _tree(text: str, tokens: Sequence[Token], findings: Findings) -> Tree | None:
    if not is_harmless(tokens, findings):
        return None
    spans = refused(tokens, findings)
    start, end = tokens[0].span.start, tokens[-1].span.end
    masked = _masked(text[start:end], start, spans)
    place = Place(start, masked)
    statement = _parsed(masked, place, None if spans else findings)
    return _named(statement, place, findings) if statement else None


def _masked(text: str, start: int, spans: Sequence[Span]) -> str:
    """The statement with refused tokens as zeros of the same width, so that the rest is still looked at."""
    characters = list(text)
    for span in spans:
        characters[span.start - start : span.end - start] = "0" * (span.end - span.start)
    return "".join(characters)


def _parsed(text: str, place: Place, findings: Findings | None) -> ast.stmt | None:
    """The syntax tree. Without `findings` a syntax error is silent: the masked tokens may be its cause."""
    try:
        return ast.parse(text).body[0]
    except SyntaxError as error:
        offset = place.at(error.lineno or 1, (error.offset or 1) - 1)
        span, message = Span(offset, offset + 1), f"this is not an expression: {error.msg}"
    except (RecursionError, MemoryError, ValueError):
        span, message = place.whole, "the statement is too deep for the parser; name parts of it"
    if findings:
        findings.malformed(span, message)
    return None


def _named(statement: ast.stmt, place: Place, findings: Findings) -> Tree | None:
    match statement:
        case ast.Expr(value=expression):
            return Tree(None, expression, place)
        case ast.Assign(targets=[ast.Name() as name], value=expression):
            return Tree(name, expression, place)
        case _:
            findings.unsupported(place.whole, "a statement is NAME = expression; nothing else is read")
            return None
