"""The verbs of grading: what they write, where, and with which exit code."""

import json
from pathlib import Path

import pytest

import chainrule as cr
from chainrule.service.cli import main

from .test_grades import ASSIGNMENT, HONEST, MISTAKES


def test_exit_codes_of_grade(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unreadable, empty = tmp_path / "a.json", tmp_path / "b.json"
    unreadable.write_text("{")
    empty.write_text('{"answers": {"value:p0": "-2.00"}}')
    assert main(["grade", str(ASSIGNMENT), str(HONEST)]) == 0
    assert main(["grade", str(ASSIGNMENT), str(MISTAKES)]) == 1
    assert main(["grade", str(ASSIGNMENT), str(unreadable)]) == 2
    assert main(["grade", str(ASSIGNMENT), str(empty)]) == 3
    assert main(["grade", str(ASSIGNMENT), str(HONEST), str(MISTAKES), str(unreadable)]) == 2
    assert main(["grade", str(ASSIGNMENT), str(MISTAKES), "--fail-under", "80"]) == 0
    assert main(["grade", str(ASSIGNMENT), str(MISTAKES), "--fail-under", "90"]) == 1
    assert main(["grade", str(ASSIGNMENT)]) == 2
    assert main(["grade", str(ASSIGNMENT), str(tmp_path / "nobody.json")]) == 2
    capsys.readouterr()


def test_a_folder_becomes_a_folder_of_reports(tmp_path: Path) -> None:
    out = tmp_path / "reports"
    code = main(["grade", str(ASSIGNMENT), str(HONEST.parent), "--to", "html", "--lang", "en,ko", "-o", f"{out}/"])
    assert code == 1
    assert {path.name for path in out.iterdir()} >= {"honest.html", "two-mistakes.html", "typed.html"}
    page = (out / "two-mistakes.html").read_text("utf-8")
    assert 'lang="ko"' in page
    assert "<svg" in page


def test_a_class_has_a_summary_that_adds_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    summary = tmp_path / "class.json"
    main(["grade", str(ASSIGNMENT), str(HONEST), str(MISTAKES), "--to", "csv-wide", "--summary", str(summary)])
    capsys.readouterr()
    found = json.loads(summary.read_text())
    assert found["students"] == 2
    assert all(sum(slot["states"].values()) == found["graded"] for slot in found["slots"])
    assert found["first_errors"] == [{"slot": "grad:d", "count": 1}]
    assert "two-mistakes" not in summary.read_text()
    main(["grade", str(ASSIGNMENT), str(HONEST), str(MISTAKES), "--to", "csv", "--summary", str(summary), "--share"])
    capsys.readouterr()
    assert json.loads(summary.read_text())["first_errors"] == [{"slot": "grad:d", "count": "<5"}]


def test_attempts_beyond_the_policy_show_the_score_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(ASSIGNMENT.read_text("utf-8"))
    document["policy"]["attempts"] = {"max": 2, "cooldown_s": 600}
    path = tmp_path / "limited.cr.json"
    path.write_text(json.dumps(document))
    given = ["grade", str(path), str(MISTAKES), "--to", "json", "--level", "3"]
    times = ["--now", "2026-01-31T12:05:00+00:00", "--last-at", "2026-01-31T12:00:00+00:00"]
    levels = []
    for more in (["--attempt", "2"], ["--attempt", "3"], times):
        main([*given, *more])
        levels.append(json.loads(capsys.readouterr().out)["level"])
    assert levels == [3, 0, 0]


def test_lint_finds_what_an_exercise_cannot_tell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lint", str(ASSIGNMENT)]) in (0, 3)
    assert "ambiguous" in capsys.readouterr().out
    hidden = {
        "chainrule": "1.0", "kind": "assignment", "id": "twice",
        "graph": json.loads(cr.dump(cr.parse("f = x * y", x=2, y=2))), "slots": [{"slot": "grad:*"}],
    }  # fmt: skip
    report = cr.lint(hidden)
    assert {"invisible", "trivial-operand"} <= {finding["code"] for finding in report.findings or ()}
    assert any(f["code"] == "invisible" and "mul-not-switched" in f["message"] for f in report.findings or ())
    worthless = {**hidden, "slots": [{"slot": "grad:*", "points": 0}]}
    path = tmp_path / "worthless.cr.json"
    path.write_text(json.dumps(worthless))
    assert main(["lint", str(path), "--output", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["kind"] == "report"
    suggested = cr.lint(hidden, suggest=True)
    assert suggested == cr.lint(hidden, suggest=True)
    assert "suggestion" in {finding["code"] for finding in suggested.findings or ()}


def test_regrade_says_what_changed_and_never_lowers_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old.cr.json"
    old.write_bytes(cr.dump(cr.grade(ASSIGNMENT, MISTAKES, by="s1")))
    assert main(["regrade", str(old), "--assignment", str(ASSIGNMENT)]) == 0
    assert "1 stayed" in capsys.readouterr().out
    document = json.loads(ASSIGNMENT.read_text("utf-8"))
    kinder = {**document, "policy": {**document["policy"], "credits": {"wrong": "1/2"}}}
    harder = {**document, "policy": {**document["policy"], "credits": {"carried": 0}}}
    for name, changed in (("kinder", kinder), ("harder", harder)):
        (tmp_path / f"{name}.cr.json").write_text(json.dumps(changed))
    assert main(["regrade", str(old), "--assignment", str(tmp_path / "kinder.cr.json")]) == 3
    told = capsys.readouterr().out
    assert "s1: 27 -> 29; because of assignment, policy" in told
    assert "grad:d: wrong 0 -> wrong 1" in told
    assert main(["regrade", str(old), "--assignment", str(tmp_path / "harder.cr.json"), "--to", "json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["held"] is True
    new = tmp_path / "new"
    given = ["regrade", str(old), "--assignment", str(tmp_path / "harder.cr.json"), "--allow-lower", "-o", str(new)]
    assert main([*given, "--to", "prairielearn-csv"]) == 0
    assert capsys.readouterr().out.startswith('"uid","score_perc"\r\n"s1"')
    (again,) = new.iterdir()
    assert cr.load(again).kind == "grade"


def test_variants_are_drawn_with_the_secret_and_graded_as_the_students_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"0123456789abcdef0123")
    drawn = set()
    for student in ("ann", "bob", "cem", "dan", "eve"):
        assert main(["handout", str(ASSIGNMENT), "--student", student, "--variant-secret", str(secret)]) == 0
        graph = json.loads(capsys.readouterr().out)
        drawn.add(tuple(node["value"] for node in graph["nodes"] if node["id"] in ("x0", "w1")))
        right = cr.annotate(
            {**graph, "nodes": [{**n, "value": float(n["value"])} if "value" in n else n for n in graph["nodes"]]}
        )
        answers = {
            f"{field}:{n['id']}": f"{float(n[field]):.2f}"
            for n in right.nodes
            for field in ("value", "grad")
            if field in n
        }
        path = tmp_path / f"{student}.json"
        path.write_text(json.dumps({"answers": answers}))
        code = main(["grade", str(ASSIGNMENT), str(path), "--variant-secret", str(secret), "--to", "json"])
        grade = json.loads(capsys.readouterr().out)
        assert code in (0, 3)
        assert set(grade["variant"]) == {"x0", "w1"}
        assert not grade["roots"]
    assert len(drawn) > 1
    secret.write_bytes(b"short")
    assert main(["handout", str(ASSIGNMENT), "--student", "ann", "--variant-secret", str(secret)]) == 2


def test_the_library_grades_one_and_many() -> None:
    one = cr.grade(ASSIGNMENT, HONEST, by="a", level=1)
    assert one.level == 1
    assert [
        grade.by if hasattr(grade, "by") else grade.submission["by"]
        for grade in cr.grade(ASSIGNMENT, [HONEST, MISTAKES], by=["a", "b"])
    ] == ["a", "b"]
    (same,) = cr.regrade([cr.grade(ASSIGNMENT, MISTAKES)], ASSIGNMENT)
    assert same.changes == ()


@pytest.mark.parametrize("slots", [[{"slot": "grad:x"}], [{"slot": "value:f"}]])
def test_an_assignment_without_finite_truth_is_refused_before_anybody_answers(slots: list) -> None:
    graph = json.loads(cr.dump(cr.parse("f = log(x)", x=-1)))
    document = {"chainrule": "1.0", "kind": "assignment", "id": "bad", "graph": graph, "slots": slots}
    with pytest.raises(cr.errors.UsageError, match="has no finite true number"):
        cr.grade(document, {"answers": {}})
