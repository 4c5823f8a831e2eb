"""What stands before Python's parser, which overflows on deep or long input and reads more than a document has.

Limits are those of the format's expression grammar; a text within them parses in milliseconds.
"""

import re
from collections.abc import Sequence
from itertools import accumulate, groupby, pairwise
from math import isfinite

from .findings import Findings
from .lexer import Token
from .source import Span

LONGEST_TEXT = 65_536
MOST_OPERATORS = 1_000
DEEPEST_BRACKETS = 100
MOST_PREFIXES = 64
LONGEST_NAME = 64

_FOREIGN = re.compile(r"[^\t\n\f\r -~]+")
_DECIMAL = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PREFIXES = frozenset({"+", "-", "~", "not"})
_OPERANDS = frozenset({"name", "number", "string", "close"})


def check_text(text: str, findings: Findings) -> None:
    """Length and characters: names are compared as they stand, so only ASCII is read."""
    if len(text) > LONGEST_TEXT:
        findings.malformed(Span(0, 1), f"the text has {len(text):,} characters; at most {LONGEST_TEXT:,} are read")
        return
    for match in _FOREIGN.finditer(text):
        findings.malformed(Span(*match.span()), f"{match[0][:20]!r} is no plain ASCII; names and signs are")


def is_harmless(statement: Sequence[Token], findings: Findings) -> bool:
    """True if the statement is small and shallow enough for the parser; else the limit is named."""
    excesses = [_operators(statement), _brackets(statement), _prefixes(statement)]
    for span, message in filter(None, excesses):
        findings.malformed(span, message)
    return not any(excesses)


def refused(statement: Sequence[Token], findings: Findings) -> list[Span]:
    """Spans of the tokens that Python would read and a document does not have."""
    spans: list[Span] = []
    for token in statement:
        if message := _refusal(token):
            findings.unsupported(token.span, message)
            spans.append(token.span)
    return spans


def _operators(statement: Sequence[Token]) -> tuple[Span, str] | None:
    operators = [token for before, token in pairwise((None, *statement)) if token and _operates(token, before)]
    if len(operators) <= MOST_OPERATORS:
        return None
    message = f"the statement has {len(operators):,} operators; at most {MOST_OPERATORS:,}: name parts of it"
    return operators[MOST_OPERATORS].span, message


def _brackets(statement: Sequence[Token]) -> tuple[Span, str] | None:
    depths = accumulate((token.kind == "open") - (token.kind == "close") for token in statement)
    too_deep = next((t for t, depth in zip(statement, depths, strict=True) if depth > DEEPEST_BRACKETS), None)
    return too_deep and (too_deep.span, f"brackets stand more than {DEEPEST_BRACKETS} deep; name parts of it")


def _prefixes(statement: Sequence[Token]) -> tuple[Span, str] | None:
    before: Token | None = None
    for is_run, group in groupby(statement, key=_is_prefix):
        run = list(group)
        first = 1 if before is not None and before.kind in _OPERANDS else 0
        if is_run and len(run) - first > MOST_PREFIXES:
            return run[0].span, f"{len(run) - first:,} prefix operators in a row; at most {MOST_PREFIXES}"
        before = run[-1]
    return None


def _operates(token: Token, before: Token | None) -> bool:
    """Signs and words; and a bracket after a bracket, with which the parser nests calls of calls."""
    return token.kind in ("sign", "word") or (token.kind == "open" and before is not None and before.kind == "close")


def _is_prefix(token: Token) -> bool:
    return token.text in _PREFIXES


def _refusal(token: Token) -> str | None:
    if token.kind == "number":
        return _number_refusal(token.text)
    if token.kind == "string" and token.text[0] not in "'\"":
        return "strings are no operands"
    if token.kind == "name" and len(token.text) > LONGEST_NAME:
        return f"the name has {len(token.text):,} characters; ids have at most {LONGEST_NAME}"
    return None


def _number_refusal(text: str) -> str | None:
    shown = text if len(text) <= 20 else f"{text[:17]}..."
    if not _DECIMAL.fullmatch(text):
        return f"{shown} is no decimal number; write digits, a point and an exponent only"
    if not isfinite(float(text)):
        return f"{shown} is too large for a double; write a smaller number"
    return None
