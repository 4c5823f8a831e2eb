"""The valid documents of the corpus are read, with their canonical bytes and digests; the open ones have an answer."""

import json

import orjson
import pytest
import rfc8785

from chainrule.schema import canonical, dump, read

from .make_digests import DIGESTS, VALID, digests, document, names

OPEN = VALID.parent / "open" / "open.jsonl"
TABLE = json.loads(DIGESTS.read_bytes())


def test_the_corpus_is_whole() -> None:
    assert set(TABLE) == set(names())
    assert len(names()) >= 13


@pytest.mark.parametrize("name", names())
def test_a_valid_document_has_its_canonical_bytes_and_digests(name: str) -> None:
    found = document(name)
    text = (VALID / f"{name}.canonical.json").read_bytes()
    assert canonical(found) == text
    assert canonical(read(text)) == text
    assert digests(found) == TABLE[name]


@pytest.mark.parametrize("name", names())
def test_canonical_bytes_are_those_of_the_standard(name: str) -> None:
    text = (VALID / f"{name}.canonical.json").read_bytes()
    assert rfc8785.dumps(json.loads(text, parse_int=float)) == text


@pytest.mark.parametrize("name", names())
def test_a_valid_document_is_written_as_it_was_read(name: str) -> None:
    found = document(name)
    assert dump(found) == (VALID / f"{name}.cr.json").read_bytes()


@pytest.mark.parametrize(
    "case", [orjson.loads(line) for line in OPEN.read_bytes().splitlines()], ids=lambda c: c["name"]
)
def test_an_open_document_is_read_here_with_the_nearest_doubles(case: dict[str, str]) -> None:
    found = read(case["text"].encode())
    assert canonical(read(canonical(found))) == canonical(found)
