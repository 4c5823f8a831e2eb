"""The published schemas are those of the models, and they take what the reader takes."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

import chainrule.schema
from chainrule.schema import UsageError, json_schema
from chainrule.schema.opset import core_ops

from .documents import BASE, TEXT, altered, refused
from .strategies import documents
from .test_report import REPORT

PUBLISHED = Path(chainrule.schema.__file__).parent / "published" / "1.0"
KINDS = ("graph", "annotations", "assignment", "report", "grade")
GRAPH = Draft202012Validator(json_schema("graph"))


@pytest.mark.parametrize("kind", KINDS)
def test_the_published_schema_is_that_of_the_models(kind: str) -> None:
    # To publish anew: write json_schema(kind) with an indent of two and a final line feed.
    expected = orjson.dumps(json_schema(kind), option=orjson.OPT_INDENT_2) + b"\n"
    assert (PUBLISHED / f"{kind}.schema.json").read_bytes() == expected


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_and_says_which(kind: str) -> None:
    schema = json_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"urn:chainrule:schema:{kind}:1.0"


def test_other_kinds_have_no_schema() -> None:
    with pytest.raises(UsageError, match="graph, annotations, assignment, report or grade"):
        json_schema("lesson")


@given(documents())
def test_the_schema_takes_every_graph_that_is_read(document: dict[str, Any]) -> None:
    assert refused(orjson.dumps(document)) == []
    GRAPH.validate(document)


def test_the_schema_takes_reports() -> None:
    Draft202012Validator(json_schema("report")).validate(REPORT)


@pytest.mark.parametrize(
    "fields",
    [
        {"nodes": []},
        {"outputs": []},
        {"weights": 1},
        {"dtype": "int64"},
        {"dtype": None},
        {"functions": {"a-b": {}}},
        {"functions": {"a": {"params": [], "nodes": [], "outputs": ["y"]}}},
        {"node": {"id": "a b"}},
        {"node": {"value": "１２"}},
        {"node": {"value": None}},
        {"node": {"value": {"shape": [1]}}},
        {"node": {"shape": [-1]}},
        {"node": {"label": 1}},
    ],
)
def test_the_schema_refuses_what_an_editor_should_mark(fields: dict[str, Any]) -> None:
    assert refused(altered(**fields))
    assert not GRAPH.is_valid(orjson.loads(altered(**fields)))


def test_the_base_document_is_valid() -> None:
    GRAPH.validate(BASE)
    GRAPH.validate(orjson.loads(TEXT))


def test_the_op_set_holds_the_ops_of_the_format_and_no_op_twice() -> None:
    published = orjson.loads((PUBLISHED / "opset-core-1.json").read_bytes())["ops"]
    names = [op["name"] for op in published]
    assert len(names) == len(set(names)) == len(core_ops())
    assert {"input", "param", "const", "get"} <= set(names)
