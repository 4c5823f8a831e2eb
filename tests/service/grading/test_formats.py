"""Every format keeps its written contract, and prints the same bytes as when somebody last looked at them."""

import csv
import io
import json
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

import chainrule as cr
from chainrule.schema import read
from chainrule.service.grading.classes import Grader
from chainrule.service.grading.formats.gradescope import gradescope, previous_score
from chainrule.service.grading.formats.lti import lti
from chainrule.service.grading.formats.prairielearn import fill_element, prairielearn, variant_of
from chainrule.service.grading.formats.tables import long_table, safe, wide_table
from chainrule.service.grading.reports import Options, class_report, one_report

from .test_grades import ASSIGNMENT, HONEST, MISTAKES

GOLDEN = Path(__file__).parents[3] / "fixtures" / "submissions" / "reports"
EXAM = Grader(read(ASSIGNMENT.read_bytes())).exam(None)
NOW = "2026-01-31T12:00:00.000+00:00"


def grade(path: Path = MISTAKES) -> Any:
    return cr.grade(ASSIGNMENT, path, by=path.stem)


@pytest.mark.parametrize(
    ("form", "level", "languages"),
    [
        ("text", 3, "en"), ("text", 3, "ko"), ("md", 3, "en"), ("html", 3, "en"), ("html", 4, "ko"), ("junit", 3, "en"),
        ("csv", 4, "en"), ("csv-wide", 4, "en"), ("gradescope", 3, "en"), ("prairielearn", 3, "en"), ("lti", 3, "en"),
    ],
)  # fmt: skip
def test_a_report_is_the_golden_one(form: Any, level: int, languages: str) -> None:
    made = one_report(grade(), EXAM, Options(form, level, [languages], NOW))
    golden = GOLDEN / f"two-mistakes.{form}.{level}.{languages}"
    if os.environ.get("WRITE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(made)
    assert made == golden.read_bytes()


NUMBER = {"type": "number"}
#: What Gradescope's documentation says of results.json.
GRADESCOPE = {
    "type": "object",
    "required": ["score", "tests"],
    "additionalProperties": False,
    "properties": {
        "score": NUMBER, "output": {"type": "string"},
        "output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "test_output_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "test_name_format": {"enum": ["text", "html", "simple_format", "md", "ansi"]},
        "visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
        "stdout_visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "score": NUMBER, "max_score": NUMBER, "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "number": {"type": "string"}, "output": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": {"enum": ["hidden", "after_due_date", "after_published", "visible"]},
                },
            },
        },
    },
}  # fmt: skip


@pytest.mark.parametrize("path", [MISTAKES, HONEST])
@pytest.mark.parametrize("per", ["group", "slot"])
@pytest.mark.parametrize("level", range(5))
def test_gradescope_gets_what_its_contract_asks_for(path: Path, per: Any, level: int) -> None:
    results = gradescope(grade(path), EXAM, level=level, per=per, worked=True)
    Draft202012Validator(GRADESCOPE).validate(results)
    scored = [test for test in results["tests"] if "max_score" in test]
    assert all(test["visibility"] == "visible" for test in scored)
    assert all((test["status"] == "passed") == (test["score"] >= test["max_score"]) for test in scored)
    if level:
        assert sum(test["score"] for test in scored) == pytest.approx(results["score"])
    assert any("tags" in test for test in scored) is (level >= 3 and path == MISTAKES)


def test_what_cannot_be_graded_keeps_the_last_score() -> None:
    earlier = {"previous_submissions": [{"score": "3.0"}, {"score": 7}, {"score": None}]}
    assert gradescope(cr.grade(ASSIGNMENT, b"{"), EXAM, metadata=earlier)["score"] == 7
    assert previous_score({}) == previous_score({"previous_submissions": "x"}) == 0


#: What PrairieLearn's documentation says of its external graders' results.json.
PRAIRIELEARN = {
    "type": "object",
    "required": ["gradable"],
    "if": {"properties": {"gradable": {"const": True}}},
    "then": {
        "required": ["score"],
        "properties": {
            "gradable": {}, "score": {"type": "number", "minimum": 0, "maximum": 1}, "message": {"type": "string"},
            "output": {"type": "string"}, "images": {"type": "array"},
            "tests": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["name", "points", "max_points"],
                    "additionalProperties": False,
                    "properties": {
                        **{name: {"type": "string"} for name in ("name", "description", "message", "output")},
                        "points": NUMBER, "max_points": NUMBER,
                    },
                },
            },
        },
        "additionalProperties": False,
    },
    "else": {
        "required": ["format_errors"],
        "properties": {"gradable": {}, "format_errors": {"type": "array", "items": {"type": "string"}}},
        "additionalProperties": False,
    },
}  # fmt: skip


def test_prairielearn_gets_what_its_contract_asks_for() -> None:
    for one in (grade(), grade(HONEST), cr.grade(ASSIGNMENT, b"{")):
        Draft202012Validator(PRAIRIELEARN).validate(prairielearn(one, EXAM))
    small = prairielearn(grade(), EXAM, largest=4_000)
    assert len(json.dumps(small)) < len(json.dumps(prairielearn(grade(), EXAM)))


def test_an_element_gets_partial_scores_and_format_errors() -> None:
    data = {"submitted_answers": json.loads(MISTAKES.read_text())["answers"], "params": {"x0": -1}}
    fill_element(data, grade())
    assert data["partial_scores"]["grad:d"]["score"] == 0
    assert data["partial_scores"]["grad:e"] == {
        "score": 1.0,
        "weight": 2.0,
        "feedback": data["partial_scores"]["grad:e"]["feedback"],
    }
    assert set(data["format_errors"]) == {"grad:w1"}
    assert variant_of(data, EXAM.assignment) == {"x0": "-1"}
    assert variant_of({"params": {"color": "red"}}, EXAM.assignment) is None
    unreadable: dict[str, Any] = {}
    fill_element(unreadable, cr.grade(ASSIGNMENT, b"{"))
    assert "answers" in unreadable["format_errors"]


def test_junit_is_xml_with_failures_and_skips_counted() -> None:
    grades = [
        grade(),
        grade(HONEST),
        cr.grade(ASSIGNMENT, b"{", by="\x01bad"),
        cr.grade(ASSIGNMENT, {"answers": {}}, by="none"),
    ]
    suites = list(ElementTree.fromstring(class_report(grades, EXAM, Options("junit"))))
    assert [suite.get("errors") for suite in suites] == ["0", "0", "1", "0"] or suites[3].get("errors") == "1"
    for suite in suites:
        assert int(suite.get("failures", "")) == len(suite.findall(".//failure"))
        assert int(suite.get("skipped", "")) == len(suite.findall(".//skipped"))
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))


@pytest.mark.parametrize("cell", ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "a\nb"])
def test_no_cell_is_computed(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["-0.60", "1/3", "-1/3", "2e-3", "x", ""])
def test_numbers_and_words_stay_as_they_are(cell: str) -> None:
    assert safe(cell) == cell


def test_tables_have_a_row_a_number_and_a_row_a_student() -> None:
    answers = {"answers": {"grad:x1": '=HYPERLINK("x")', "value:e": "0.37"}}
    nasty = cr.grade(ASSIGNMENT, answers, by="=cmd|' /C calc'!A0")
    long = list(csv.DictReader(io.StringIO(long_table([grade(), nasty], EXAM))))
    assert len(long) == 2 * len(EXAM.slots)
    assert {row["student"] for row in long} == {"two-mistakes", "'=cmd|' /C calc'!A0"}
    assert next(row["claim"] for row in long if row["student"][0] == "'" and row["slot"] == "grad:x1")[0] == "'"
    wide = list(csv.DictReader(io.StringIO(wide_table([grade(), nasty], EXAM))))
    assert [row["score"] for row in wide] == ["27.00000", wide[1]["score"]]
    assert wide_table([grade()], EXAM).count("\r\n") == 2


def test_an_lti_score_has_a_time_with_a_zone() -> None:
    score = lti(grade(), ["en"], "2026-01-31T12:00:00+09:00")
    assert score["timestamp"] == "2026-01-31T12:00:00.000+09:00"
    assert (score["scoreGiven"], score["scoreMaximum"]) == (27, 33)
    assert score["gradingProgress"] == "FullyGraded"
    assert len(score["comment"]) <= 2_000
    assert lti(grade(), ["en"], NOW, review=True)["gradingProgress"] == "PendingManual"
    broken = lti(cr.grade(ASSIGNMENT, b"{"), ["en"], NOW)
    assert broken["gradingProgress"] == "PendingManual"
    assert "scoreGiven" not in broken
    for time in ("yesterday", "2026-01-31T12:00:00"):
        with pytest.raises(cr.errors.UsageError):
            lti(grade(), ["en"], time)
