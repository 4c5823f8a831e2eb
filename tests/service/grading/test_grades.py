"""Grades: levels that give nothing away, equal bytes, columns as one by one, and nothing that breaks a class."""

import json
import random
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import chainrule as cr
from chainrule.schema import read
from chainrule.service.grading.classes import Grader, Handed
from chainrule.service.grading.columns import Columns
from chainrule.service.grading.document import grade_of, redacted
from chainrule.service.grading.formats.html import html
from chainrule.service.grading.formats.markdown import markdown
from chainrule.service.grading.formats.text import text
from chainrule.service.grading.reading.carriers import read_submission
from chainrule.service.grading.reports import Options, class_report

from . import mistakes
from .circuits import draw
from .sheets import exam
from .students import HABITS, Impossible, student
from .test_vectors import FIXTURES

ASSIGNMENT = FIXTURES / "assignments" / "sigmoid-neuron.cr.json"
HONEST = FIXTURES / "submissions" / "honest.json"
MISTAKES = FIXTURES / "submissions" / "two-mistakes.json"


def simulated(seed: int):  # noqa: ANN201
    """An assignment and a sheet with a mistake."""
    dice = random.Random(seed)
    while True:
        circuit, decimals = draw(dice), dice.randint(1, 3)
        try:
            sheet = student(dice.choice(HABITS[:3]), decimals, dice, mistakes.draw(circuit, dice)).sheet(circuit)
        except Impossible:
            continue
        return exam(circuit.document(), {"min_decimals": decimals}), sheet.claims


def tokens(shown: str) -> set[str]:
    return set(re.findall(r"\d+(?:\.\d+)?(?:e-?\d+)?", shown))


def spellings(truth: Fraction) -> set[str]:
    """The size of a number to 2 to 15 digits, rounded and cut off."""
    size = Decimal(abs(truth).numerator) / Decimal(abs(truth).denominator)
    found = set()
    for digits in range(2, 16):
        for rounding in ("ROUND_HALF_EVEN", "ROUND_DOWN"):
            if size:
                quantum = Decimal((0, (1,), size.adjusted() - digits + 1))
                found.add(format(size.quantize(quantum, rounding=rounding), "f"))
    return found


def shown_texts(one, grade) -> str:  # noqa: ANN001
    """All that a student may read at level 3, the score apart."""
    parts = []
    for language in ("en", "ko"):
        parts += [text(grade, (language,)), markdown(grade, one.assignment, (language,))]
        page = html(grade, one, (language,))
        parts.append(re.sub(r"<[^>]*>", " ", re.sub(r"<(style|head)>.*?</\1>", "", page, flags=re.DOTALL)))
    return "\n".join(parts)


def leaks(seed: int) -> set[str]:
    """Spellings of truths of wrong numbers that stand in a text of level 3 and nowhere in task or answers."""
    one, claims = simulated(seed)
    answers = json.dumps({"answers": claims}).encode()
    grade = grade_of(one, read_submission(one, answers))
    shown = redacted(grade, 3)
    known = tokens(answers.decode()) | tokens(json.dumps(one.assignment.graph)) | tokens(json.dumps(shown.score))
    known |= {str(Fraction(slot["points"]) * Fraction(slot["credit"])) for slot in shown.slots or ()}
    found = tokens(shown_texts(one, shown)) - known
    wrong = [cell for cell in one.slot_of if not _claims_truth(one, grade, cell)]
    truths = {Fraction(int(t.low.p), int(t.low.q)) for cell in wrong if (t := one.truth(cell)) is not None}
    return {token for truth in truths for token in spellings(truth) & found}


def _claims_truth(one, grade, cell) -> bool:  # noqa: ANN001
    slot = next(slot for slot in grade.slots if slot["slot"] == one.circuit.name(cell))
    return slot["global"] != "refuted"


def test_no_text_of_level_3_shows_a_digit_of_an_unsolved_truth() -> None:
    assert [seed for seed in range(60) if leaks(seed)] == []


@pytest.mark.slow
def test_no_text_of_level_3_shows_a_digit_of_an_unsolved_truth_in_many_grades() -> None:
    assert [seed for seed in range(1000, 3000) if leaks(seed)] == []


def test_redaction_is_a_projection() -> None:
    grade = cr.grade(ASSIGNMENT, MISTAKES)
    for level in range(5):
        once = redacted(grade, level)
        assert cr.dump(redacted(once, level)) == cr.dump(once)
        assert all(message["level"] <= level for message in once.messages)
        assert read(cr.dump(once)).kind == "grade"
    assert redacted(grade, 4) == grade


def test_a_grade_that_is_written_is_read_as_the_same() -> None:
    for submission in (HONEST, MISTAKES, b"nonsense"):
        grade = cr.grade(ASSIGNMENT, submission, by="s1")
        assert cr.dump(read(cr.dump(grade))) == cr.dump(grade)


@given(st.randoms(use_true_random=False))
def test_the_order_of_answers_does_not_matter(dice: random.Random) -> None:
    answers = json.loads(MISTAKES.read_text())["answers"]
    shuffled = list(answers.items())
    dice.shuffle(shuffled)
    first, second = (cr.grade(ASSIGNMENT, {"answers": one}).written() for one in (answers, dict(shuffled)))
    assert first | {"submission": 0} == second | {"submission": 0}


def test_the_order_of_nodes_does_not_matter() -> None:
    document = json.loads(ASSIGNMENT.read_text("utf-8"))
    nodes = document["graph"]["nodes"]
    leaves = [node for node in nodes if "inputs" not in node]
    document["graph"]["nodes"] = leaves[::-1] + [node for node in nodes if "inputs" in node]
    first, second = (cr.grade(one, MISTAKES).written() for one in (ASSIGNMENT, document))
    assert first["slots"] == second["slots"]
    assert first["messages"] == second["messages"]


def class_of(count: int) -> list[Handed]:
    """Honest sheets of the neuron, every fifth with one wrong number, a few that are no sheets at all."""
    honest = json.loads(HONEST.read_text())["answers"]
    dice, found = random.Random(7), []
    for place in range(count):
        answers = dict(honest)
        if place % 3 == 0:
            answers |= {"grad:x0": "0.39", "grad:w1": "-0.39", "grad:x1": "-0.59"}
        if place % 5 == 0:
            answers[dice.choice(list(answers))] = "0.77"
        if place % 7 == 0:
            answers.pop(dice.choice(list(answers)))
        data = b"\x00\xff" if place % 11 == 10 else json.dumps({"answers": answers}).encode()
        found.append(Handed(data, f"s{place}", f"s{place}.json"))
    return found


def test_a_class_as_columns_is_graded_as_one_by_one() -> None:
    grader, class_ = Grader(read(ASSIGNMENT.read_bytes())), class_of(60)
    together = grader.grades(class_)
    assert [cr.dump(grade) for grade in together] == [cr.dump(alone(ASSIGNMENT.read_bytes(), one)) for one in class_]
    exam_ = grader.exam(None)
    quick = Columns(exam_).graded([read_submission(exam_, one.data, one.by) for one in class_])
    assert len(quick) > 20


def alone(assignment: bytes, handed: Handed):  # noqa: ANN201
    """The grade of one submission by a grader that has seen no other, and remembers nothing."""
    grader = Grader(read(assignment))
    exam_ = grader.exam(None)
    exam_.shared.memory = lambda *_: None
    return grader.grade(handed)


def class_of_students(circuit, dice: random.Random) -> list[Handed]:  # noqa: ANN001
    """Honest sheets, thin ones, and sheets with a mistake or a random number."""
    found = []
    for place, habit in enumerate(HABITS * 3):
        try:
            mistake = mistakes.draw(circuit, dice) if place % 3 == 1 else None
            claims = dict(student(habit, 2, dice, mistake).sheet(circuit).claims)
        except Impossible:
            continue
        if place % 4 == 3:
            claims = {address: text for address, text in claims.items() if dice.random() < 0.7}
        if claims and place % 5 == 4:
            claims[dice.choice(sorted(claims))] = f"{dice.uniform(-2, 2):.2f}"
        found.append(Handed(json.dumps({"answers": claims}).encode(), f"s{place}"))
    return found + [Handed(one.data, f"{one.by}-again") for one in found[::5]]


@pytest.mark.parametrize("local", [False, True])
def test_simulated_classes_together_are_graded_as_one_by_one(local: bool) -> None:
    dice = random.Random(11)
    slots = [{"slot": "value:*"}, {"slot": "grad:*"}, *([{"slot": "local:*"}] if local else [])]
    for _ in range(5):
        circuit = draw(dice)
        class_ = class_of_students(circuit, dice)
        document = {"chainrule": "1.0", "kind": "assignment", "id": "t", "graph": circuit.document(), "slots": slots}
        assignment = json.dumps(document).encode()
        together = [cr.dump(grade) for grade in Grader(read(assignment)).grades(class_)]
        assert together == [cr.dump(alone(assignment, one)) for one in class_]


def test_a_submission_on_which_the_grader_breaks_spoils_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    import chainrule.service.grading.classes as classes

    whole = classes.grade_of

    def breaks(exam_, submission):  # noqa: ANN001, ANN202
        if submission.by == "poison" and not submission.problems:
            raise RuntimeError
        return whole(exam_, submission)

    monkeypatch.setattr(classes, "grade_of", breaks)
    data = MISTAKES.read_bytes()
    handed = [Handed(data, "poison"), Handed(data, "a"), Handed(data, "b")]
    grades = Grader(read(ASSIGNMENT.read_bytes())).grades(handed)
    assert [grade.gradable for grade in grades] == [False, True, True]
    assert grades[0].problems[0]["code"] == "grade.defect"


def test_a_report_is_the_same_bytes_every_time() -> None:
    exam_ = Grader(read(ASSIGNMENT.read_bytes())).exam(None)
    for form in ("text", "json", "junit", "csv", "csv-wide"):
        made = {class_report([cr.grade(ASSIGNMENT, MISTAKES, by="s1")], exam_, Options(form)) for _ in range(2)}
        assert len(made) == 1


def test_what_a_student_writes_is_never_markup() -> None:
    nasty = "<script>alert(1)</script>"
    exam_ = Grader(read(ASSIGNMENT.read_bytes())).exam(None)
    answers = {"answers": {"grad:x1": nasty, "grad:w0": "`|[x](javascript:1)", nasty: "1", "value:e": '"><img src=x>'}}
    grade = cr.grade(ASSIGNMENT, answers, by=nasty)
    page = html(grade, exam_, ("en", "ko"))
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page
    shown = markdown(grade, exam_.assignment)
    assert "javascript:1)`" in shown.replace("¦", "|") or "`` `" in shown


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"\xff" * 10, b'{"answers": ' + b"[" * 5000, b"a" * 300_000])
def test_no_attempt_is_lost_on_an_unreadable_file(data: bytes) -> None:
    grade = cr.grade(ASSIGNMENT, data)
    assert (grade.gradable, grade.score) == (False, None)
    assert grade.problems
    assert text(grade).startswith("This file could not be graded. No attempt is used up.")


def test_many_answers_are_refused_by_a_limit() -> None:
    answers = {"answers": {f"k{n}": "1" for n in range(10_001)}}
    assert cr.grade(ASSIGNMENT, answers).problems[0]["code"] == "limit.slots"


def test_truths_that_are_printed_earn_full_marks_from_the_digits_asked_for_up() -> None:
    from chainrule.service.grading.students import exact_sheet

    for decimals in (2, 3, 5):
        one = exam(json.loads(ASSIGNMENT.read_text("utf-8"))["graph"], {"min_decimals": decimals})
        answers = {one.circuit.name(cell): claim.text for cell, claim in exact_sheet(one).items()}
        grade = grade_of(one, read_submission(one, json.dumps({"answers": answers}).encode()))
        assert grade.score is not None
        assert grade.score["points"] == grade.score["max"]
