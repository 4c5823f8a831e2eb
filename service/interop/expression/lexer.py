"""A text as tokens, and the tokens as statements; linear, without recursion."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from .source import Span

_TOKEN = re.compile(
    r"""
      (?P<space>   [ \t\f]+ | \\(?:\r\n|\r|\n) | \#[^\r\n]* )
    | (?P<newline> \r\n | \r | \n )
    | (?P<string>  [A-Za-z]{0,2} (?: '[^'\\\r\n]*' | "[^"\\\r\n]*" ) )
    | (?P<number>  \.?[0-9] (?: [eE][+-][0-9] | [A-Za-z0-9_.] )* )
    | (?P<word>    (?: and | or | not | if | else | in | is | for | lambda | await | yield )\b )
    | (?P<name>    [A-Za-z_][A-Za-z0-9_]* )
    | (?P<open>    [(\[{] )
    | (?P<close>   [)\]}] )
    | (?P<end>     ; )
    | (?P<mark>    [,:=](?!=) )
    | (?P<sign>    \*\* | // | << | >> | [<>=!:-]= | -> | [!-/:-@\[-`{-~] )
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A piece of the text; `kind` is the name of its group in the grammar above."""

    kind: str
    text: str
    span: Span


def statements(text: str) -> Iterator[list[Token]]:
    """The tokens of each statement: cut at `;`, and at line breaks outside brackets."""
    statement: list[Token] = []
    depth = 0
    for token in _tokens(text):
        if token.kind == "end" or (token.kind == "newline" and depth <= 0):
            yield from [statement] if statement else []
            statement, depth = [], 0
        elif token.kind != "newline":
            depth += (token.kind == "open") - (token.kind == "close")
            statement.append(token)
    yield from [statement] if statement else []


def _tokens(text: str) -> Iterator[Token]:
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "space":
            yield Token(match.lastgroup or "", match[0], Span(*match.span()))
