"""Reports: verdicts on a document that could be read, or problems of one that could not."""

from copy import deepcopy
from typing import Any

import orjson
import pytest

from chainrule.schema import DocumentError, Report, canonical, dump, read

from .documents import altered, refused

CLAIM: dict[str, Any] = {
    "wire": "w1",
    "field": "grad",
    "claim": "-0.60",
    "set": ["-0.605", "-0.595"],
    "local": {"verdict": "consistent", "relation": "overlap", "image": ["-0.615", "-0.585"]},
    "global": {"verdict": "refuted", "enclosure": ["-0.58983580", "-0.58983579"], "size": {"half_units": 3.03}},
    "reasons": ["carried-rounding"],
    "evidence": [{"method": "local", "says": "for", "trusts": ["vjp-rules"]}],
    "fault": {"first": False, "from": None},
}
TALLY = {"proved": 3, "consistent": 0, "undecided": 0, "refuted": 1}
REPORT: dict[str, Any] = {
    "chainrule": "1.0",
    "kind": "report",
    "subject": {"bytes": "sha256:" + "0" * 64},
    "verifier": {"name": "chainrule", "version": "0.1.0", "opset": {"core": 1}},
    "policy": {"judge": "both"},
    "verdict": {"local": "consistent", "global": "refuted"},
    "counts": {"local": TALLY, "global": TALLY, "unclaimed": 2},
    "detail": "findings",
    "claims": [CLAIM],
}


def report(path: tuple[str | int, ...] = (), value: Any = None) -> bytes:
    changed: Any = deepcopy(REPORT)
    here = changed
    for step in path[:-1]:
        here = here[step]
    if path:
        here[path[-1]] = value
    return orjson.dumps(changed)


def test_a_report_is_read_and_written() -> None:
    found = read(report())
    assert isinstance(found, Report)
    assert found.verdict == {"local": "consistent", "global": "refuted"}
    assert orjson.loads(dump(found)) == REPORT
    assert read(dump(found)) == found


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("verdict",), {"local": "proved"}, ("field.missing", "/verdict")),
        (("verdict", "local"), True, ("field.value", "/verdict/local")),
        (("verdict",), None, ("field.type", "/verdict")),
        (("subject", "graph"), "md5:0", ("digest.syntax", "/subject/graph")),
        (("claims", 0, "set"), ["1"], ("field.empty", "/claims/0/set")),
        (("claims", 0, "why"), "x", ("field.unknown", "/claims/0/why")),
        (("claims", 0, "evidence"), [{"method": "local", "says": "yes"}], ("field.value", "/claims/0/evidence/0/says")),
        (("detail",), "some", ("field.value", "/detail")),
        (("problems",), [], ("field.value", "/verdict")),
    ],
)
def test_a_bad_field_of_a_report_is_named(path: tuple[str | int, ...], value: Any, expected: tuple[str, str]) -> None:
    assert refused(report(path, value)) == [expected]


def test_a_report_has_verdicts_or_problems() -> None:
    bare = {name: value for name, value in REPORT.items() if name not in ("verdict", "counts", "detail", "claims")}
    assert refused(orjson.dumps(bare)) == [("field.missing", "")]
    assert refused(orjson.dumps(bare | {"findings": []})) == []


def test_problems_travel_in_a_report() -> None:
    with pytest.raises(DocumentError) as caught:
        read(altered(node={"op": "inptu"}))
    bare = {name: value for name, value in REPORT.items() if name not in ("verdict", "counts", "detail", "claims")}
    found = Report.model_validate(bare | {"problems": list(caught.value.problems), "truncated": False})
    again = read(dump(found))
    assert isinstance(again, Report)
    assert tuple(again.problems or ()) == caught.value.problems


def test_a_report_that_is_too_deep_is_refused() -> None:
    deep: Any = 1
    for _ in range(70):
        deep = [deep]
    assert refused(report(("policy", "more"), deep)) == [("json.depth", "")]


def test_the_default_detail_is_not_written_in_canonical_form() -> None:
    assert canonical(read(report())) == canonical(read(report(("claims", 0, "claim"), "-0.60")))
    assert b'"detail"' not in canonical(read(report()))
    assert b'"detail":"all"' in canonical(read(report(("detail",), "all")))
    assert b'"claims":[]' in canonical(read(report(("claims",), [])))
