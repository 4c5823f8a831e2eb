"""Stage 3: version, kind, op set and extensions are judged first, and alone."""

from typing import Any

import orjson
import pytest

from chainrule.schema import DocumentError, read

from .documents import BASE, TEXT, altered, messages, refused


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"chainrule": 1.0}, ("version.syntax", "/chainrule")),
        ({"chainrule": "1"}, ("version.syntax", "/chainrule")),
        ({"chainrule": "1.00"}, ("version.syntax", "/chainrule")),
        ({"chainrule": "１.0"}, ("version.syntax", "/chainrule")),
        ({"chainrule": "10000.0"}, ("version.syntax", "/chainrule")),
        ({"chainrule": "2.0", "nodes": 7}, ("version.newer", "/chainrule")),
        ({"chainrule": "0.0"}, ("version.older", "/chainrule")),
        ({"kind": 3}, ("kind.unknown", "/kind")),
        ({"opset": {"core": True}}, ("opset.range", "/opset/core")),
        ({"opset": {"core": "1"}}, ("opset.range", "/opset/core")),
        ({"opset": {"core": 1, "org/x": 1}}, ("opset.unknown", "/opset/org~1x")),
        ({"opset": {"core": 2}, "nodes": []}, ("opset.newer", "/opset/core")),
        ({"opset": []}, ("field.type", "/opset")),
        ({"requires": ["org.example.magic"], "outputs": 1}, ("extension.required", "/requires/0")),
        ({"requires": [1]}, ("field.type", "/requires/0")),
        ({"requires": "org.example"}, ("field.type", "/requires")),
    ],
)
def test_a_bad_header_field_is_the_only_problem(fields: dict[str, Any], expected: tuple[str, str]) -> None:
    assert refused(altered(**fields)) == [expected]


@pytest.mark.parametrize(
    ("name", "code"), [("chainrule", "version.missing"), ("kind", "kind.missing"), ("opset", "opset.missing")]
)
def test_a_header_field_must_be_there(name: str, code: str) -> None:
    without = {field: value for field, value in BASE.items() if field != name}
    assert refused(orjson.dumps(without)) == [(code, "")]


def test_a_newer_document_is_told_both_versions_and_the_way_out() -> None:
    (message,) = messages(altered(chainrule="1.3"))
    assert message == (
        "this document needs 1.3, this reader knows up to 1.0: upgrade chainrule, or re-save it with `--target 1.0`"
    )


def test_a_kind_that_the_caller_cannot_use_is_refused() -> None:
    assert read(TEXT, kind="graph").kind == "graph"
    assert refused(TEXT, kind="annotations") == [("kind.unexpected", "/kind")]


def test_a_misspelt_kind_is_told_the_nearest() -> None:
    with pytest.raises(DocumentError) as caught:
        read(altered(kind="grahp"))
    assert caught.value.problems[0].nearest == ("graph", "grade")


def test_the_file_is_named_before_each_problem() -> None:
    with pytest.raises(DocumentError, match=r"^sheet\.cr\.json:/chainrule: version\.older: "):
        read(altered(chainrule="0.9"), source="sheet.cr.json")
