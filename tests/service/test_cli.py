"""What every verb has in common: help, exit codes, and words instead of tracebacks."""

from pathlib import Path

import pytest

from chainrule.service.cli import app, exits

from .commands import BARE, BROKEN, OPEN, RIGHT, WRONG, run, write

READING = ("check", "annotate", "verify", "explain", "draw", "format", "convert")
GRADING = ("grade", "lint", "regrade", "pack", "handout")
VERBS = (*READING, *GRADING, "schema", "ops")
Capture = pytest.CaptureFixture[str]


def test_the_verbs_are_those_of_the_design() -> None:
    assert tuple(name for name in app if not name.startswith("-")) == VERBS


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_help_with_an_example_of_itself(capsys: Capture, verb: str) -> None:
    done = run(capsys, verb, "--help")
    assert done.code == 0
    assert "For example:" in done.out
    assert f"chainrule {verb} " in done.out.partition("For example:")[2]


def test_the_help_page_says_what_each_verb_does(capsys: Capture) -> None:
    done = run(capsys, "--help")
    assert done.code == 0
    assert "Judge every number" in done.out
    assert run(capsys) == done


def test_the_version_is_printed(capsys: Capture) -> None:
    assert run(capsys, "--version").out.strip() == "0.1.0"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["vrify", "x"], 'Did you mean "verify"'),
        (["verify", "--jugde", "local", "x"], "there is no option --jugde: chainrule verify --help lists them"),
        (["verify", "--judge", "none", "x"], 'Choose from: "both", "local", "global"'),
        (["verify"], "verify needs documents"),
        (["verify", "--expr", "x*y", "x=1", "y"], "y: expected NAME=VALUE"),
        (["verify", "--expr", "x*x", "x=1", "x=2"], "x is given twice"),
        (["explain"], "explain needs a node"),
        (["schema"], "schema needs a kind"),
        (["ops", "ml"], "no op is called ml; nearest: mul"),
        (["annotate", "-i", "-o", "x", "y"], "give one of them"),
        (["format", "--check", "-i", "y"], "give one of them"),
    ],
)
def test_wrong_arguments_end_with_2_and_a_sentence(capsys: Capture, arguments: list[str], words: str) -> None:
    done = run(capsys, *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("chainrule: ")
    assert words in done.err


def broken_down(*_: object) -> None:
    raise ZeroDivisionError("never foreseen")


def test_a_defect_of_ours_is_no_verdict_and_the_other_files_are_judged(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = write(tmp_path / "a.cr.json", BARE), write(tmp_path / "b.cr.json", BARE)
    monkeypatch.setattr("chainrule.service.cli.explain.explain", broken_down)
    done = run(capsys, "explain", first, second, "x")
    assert (done.code, done.out) == (2, "")
    words = "a defect of chainrule, please report it with the document: ZeroDivisionError: never foreseen (test_cli.py:"
    assert [
        line.startswith(f"chainrule: {path}: {words}")
        for path, line in zip((first, second), done.err.splitlines(), strict=True)
    ] == [True, True]


def test_a_defect_outside_of_documents_ends_with_2_and_a_sentence(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chainrule.service.cli.ops.ops", broken_down)
    done = run(capsys, "ops")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(
        "chainrule: a defect of chainrule, please report it with the document: ZeroDivisionError"
    )


def test_the_worst_of_several_files_decides(capsys: Capture, tmp_path: Path) -> None:
    names = {"right": RIGHT, "wrong": WRONG, "open": OPEN, "broken": BROKEN}
    files = {name: write(tmp_path / f"{name}.cr.json", document) for name, document in names.items()}
    alone = {name: run(capsys, "verify", path).code for name, path in files.items()}
    assert alone == {"right": 0, "wrong": 1, "open": 3, "broken": 2}
    assert run(capsys, "verify", files["right"], files["open"]).code == 3
    assert run(capsys, "verify", files["open"], files["wrong"]).code == 1
    assert run(capsys, "verify", files["wrong"], files["broken"], files["open"]).code == 2


@pytest.mark.parametrize(("codes", "code"), [([], 0), ([0, 3], 3), ([3, 1, 0], 1), ([1, 2, 3], 2)])
def test_2_over_1_over_3_over_0(codes: list[int], code: int) -> None:
    assert exits.worst(codes) == code


@pytest.mark.parametrize("verb", ["check", "annotate", "verify", "draw", "format"])
def test_what_cannot_be_read_does_not_stop_the_others(capsys: Capture, tmp_path: Path, verb: str) -> None:
    broken, good = write(tmp_path / "a.json", BROKEN), write(tmp_path / "b.json", BARE)
    done = run(capsys, verb, broken, tmp_path / "lost.json", good)
    assert done.code == 2
    assert f"{tmp_path}/lost.json: no file or folder has this name" in done.err
    assert f"{broken}:/nodes/1/value: value.number: x: value says" in done.out + done.err
    assert f"{broken}:/nodes/1/q: field.unknown: " in done.out + done.err
    assert "b.json" in done.out or '"op":"mul"' in done.out or '"op": "mul"' in done.out


@pytest.mark.parametrize("verb", ["check", "annotate", "verify", "draw", "format"])
@pytest.mark.parametrize(
    ("expression", "words"),
    [("x +", "expression:1:3: import.malformed"), ("x ** y ** z ^ 2", "expression:1:"), ("", "the text is empty")],
)
def test_a_bad_expression_is_pointed_at(capsys: Capture, verb: str, expression: str, words: str) -> None:
    done = run(capsys, verb, "--expr", expression)
    assert done.code == 2
    assert words in done.out + done.err


@pytest.mark.parametrize("value", ["-2", "2e-1", "1/3", "0x1.8p+1", '"0.20"', "[1,-2]", "[[1],[2]]", "-0.5"])
def test_every_form_of_number_can_be_a_value(capsys: Capture, value: str) -> None:
    done = run(capsys, "annotate", "--expr", "-x", f"x={value}")
    assert done.code == 0, done.err
    assert '"op": "neg"' in done.out


def test_a_value_that_is_no_number_is_refused_by_the_rules_of_the_format(capsys: Capture) -> None:
    done = run(capsys, "annotate", "--expr", "x*2", "x=two")
    assert done.code == 2
    assert 'expression:/nodes/0/value: value.number: x: value says "two"' in done.err
