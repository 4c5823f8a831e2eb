"""Stages 1 and 2: bytes, encoding, syntax, numbers beyond all doubles, nesting, duplicate keys."""

import gzip
import json
import random
from typing import Any

import orjson
import pytest

from chainrule.schema import DEFAULT, DocumentError, Limits, read
from chainrule.schema.nesting import nesting, text_nesting
from chainrule.schema.stages.text import parse

from .documents import TEXT, altered, graph, messages, refused


def code(text: bytes, **options: Any) -> str:
    ((found, _),) = refused(text, **options)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\xef\xbb\xbf" + TEXT, "json.syntax"),
        (TEXT.decode().encode("utf-16"), "json.syntax"),
        (TEXT.replace(b'"x"', b'"\xc0\xaf"', 1), "json.syntax"),
        (TEXT.replace(b'"x"', b'"\\ud800"', 1), "json.syntax"),
        (TEXT + b"x", "json.syntax"),
        (b"   ", "json.syntax"),
        (TEXT.replace(b"-12", b"NaN"), "json.syntax"),
        (TEXT.replace(b"-12", b"1e400"), "json.number_overflow"),
        (TEXT.replace(b"-12", b"-" + b"9" * 400), "json.number_overflow"),
        (b"[" * 2_000, "json.depth"),
        (b"[" * 70 + b"]" * 70, "json.not_object"),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "json.depth"),
        (b'{"chainrule":"1.0","chainrule":"9.9"}', "json.duplicate_key"),
        (b"null", "json.not_object"),
    ],
)
def test_what_is_no_text_of_a_document_gets_its_code(text: bytes, expected: str) -> None:
    assert code(text) == expected


def test_bad_syntax_is_named_by_line_and_column() -> None:
    with pytest.raises(DocumentError) as caught:
        read(b'{\n  "chainrule": "1.0",\n  kind\n}')
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (3, 3)


def test_white_space_after_the_text_is_no_problem() -> None:
    assert graph(b" \n" + TEXT + b"\r\n\t ") == graph(TEXT)


def test_a_duplicate_key_is_named_by_its_place() -> None:
    twice = TEXT.replace(b'"op":"mul"', b'"op":"mul","\\u006fp":"add"')
    assert refused(twice) == [("json.duplicate_key", "/nodes/4/op")]
    assert "op" in messages(twice)[0]


def test_the_census_of_keys_is_never_wrong() -> None:
    draw = random.Random(2)
    keys = ["a", "b", "\\u0061", 'q\\"', "\\\\", "é"]

    def text(depth: int) -> str:
        if depth == 0 or draw.random() < 0.3:
            return draw.choice(["1", '"a"', '"\\\\"', '"\\""', "null"])
        if draw.random() < 0.5:
            return "[" + ",".join(text(depth - 1) for _ in range(draw.randrange(3))) + "]"
        return "{" + ",".join(f'"{draw.choice(keys)}":{text(depth - 1)}' for _ in range(draw.randrange(4))) + "}"

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal twice
        twice |= len(dict(found)) < len(found)
        return dict(found)

    for _ in range(4_000):
        candidate, twice = '{"top":' + text(4) + "}", False
        json.loads(candidate, object_pairs_hook=pairs)
        try:
            parse(candidate.encode(), DEFAULT)
            told = False
        except DocumentError as error:
            told = error.problems[0].code == "json.duplicate_key"
        assert told == twice


def test_one_byte_beyond_the_limit_is_refused() -> None:
    assert refused(TEXT, limits=Limits(bytes=len(TEXT))) == []
    assert code(TEXT, limits=Limits(bytes=len(TEXT) - 1)) == "limit.bytes"


def test_gzip_is_inflated_and_never_beyond_the_limit() -> None:
    packed = gzip.compress(TEXT)
    assert graph(packed) == graph(TEXT)
    assert graph(gzip.compress(TEXT, mtime=0)) == graph(TEXT)  # without a time it has zeros where column files have
    assert graph(gzip.compress(TEXT[:50]) + gzip.compress(TEXT[50:])) == graph(TEXT)
    assert code(gzip.compress(b" " * 10_000_000 + TEXT), limits=Limits(bytes=1_000)) == "limit.bytes"


#: Without the time, which would be another one in every run.
PACKED = gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize(
    "packed", [PACKED[:-9], PACKED[:30], PACKED + b"more", b"\x1f\x8b"], ids=["end", "middle", "more", "head"]
)
def test_damaged_gzip_is_refused(packed: bytes) -> None:
    assert code(packed) == "json.syntax"


def test_a_document_that_is_wrong_and_too_deep_is_only_too_deep() -> None:
    assert refused(altered(extra=orjson.loads("[" * 70 + "]" * 70))) == [("json.depth", "")]


def test_nesting_is_counted_the_same_in_text_and_value() -> None:
    for text, depth in (("1", 0), ("[]", 1), ('{"a":[{}]}', 3), ('["[[[", {"]": []}]', 3)):
        assert nesting(json.loads(text)) == text_nesting(text.encode()) == depth


def test_tensors_that_are_no_document_are_refused_by_name() -> None:
    header = b'{"op":{"dtype":"U16","shape":[1],"data_offsets":[0,2]}}'
    with pytest.raises(DocumentError) as refused:
        read(len(header).to_bytes(8, "little") + header + b"\0\0")
    [problem] = refused.value.problems
    assert problem.code == "columns.header"
    assert "metadata" in problem.message
