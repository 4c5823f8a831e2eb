"""A class graded from files to reports, against the obvious design, and against our own functions file by file."""

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import chainrule
from chainrule.schema import dump, read
from chainrule.service.grading.classes import Grader, Handed
from chainrule.service.grading.handing import handed_in

from .obvious_grader import Obvious
from .pairs import FULL_RUN, Task, paired
from .row import Row

FIXTURES = Path(__file__).parents[2] / "fixtures"
ASSIGNMENT = FIXTURES / "assignments" / "sigmoid-neuron.cr.json"

#: Submissions of the class, and how many of them have a wrong number.
CLASS, WRONG = 400, 80

#: Submissions of a quick run.
QUICK = 50


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """400 sheets of the sigmoid neuron, a fifth with a mistake: right ones of a few kinds, or hardly two alike."""
    count = max(10, int((CLASS if rounds >= FULL_RUN else QUICK) * scale))
    for work, varied in (("from files to reports", False), ("the same, hardly two alike", True)):
        yield _row(f"{count} submissions, {work}", count, rounds, varied=varied)


def _row(work: str, count: int, rounds: int, *, varied: bool) -> Row:
    with tempfile.TemporaryDirectory() as folder:
        files = write_class(Path(folder), count, varied=varied)
        most = max(2, rounds // 4)
        peers = {
            "the obvious design, exact": paired(class_at_once(files), obvious(files, Fraction), rounds=rounds),
            "the obvious design, float64": paired(class_at_once(files), obvious(files, float), rounds=rounds),
            "the grader, file by file": paired(class_at_once(files), one_by_one(files), rounds=most),
            "verify, file by file": paired(class_at_once(files), verified(files), rounds=most),
        }
    return Row("grade", work, count, peers, speedup=True)


def write_class(folder: Path, count: int, *, varied: bool = False) -> Sequence[Path]:
    """The files of a class: half keep all digits, half go on with rounded ones; `varied` draws that for each number.

    Varied sheets also drop zeros here and there.
    """
    honest = json.loads((FIXTURES / "submissions" / "honest.json").read_text())["answers"]
    dice = random.Random(5)
    for place in range(count):
        answers = dict(honest)
        kept = {"grad:x0": "0.39", "grad:w1": "-0.39", "grad:x1": "-0.59"}
        if varied:
            answers |= {name: text for name, text in kept.items() if dice.random() < 0.5}
            answers = {name: _without_zeros(text) if dice.random() < 0.2 else text for name, text in answers.items()}
        elif place % 2:
            answers |= kept
        if place % (CLASS // WRONG) == 0:
            address = dice.choice([name for name in answers if name.startswith("grad")])
            answers[address] = f"{dice.uniform(-2, 2):.2f}"
        (folder / f"s{place:03}.json").write_text(json.dumps({"answers": answers}))
    return sorted(folder.iterdir())


def _without_zeros(text: str) -> str:
    return text.rstrip("0").removesuffix(".") if "." in text else text


def class_at_once(files: Sequence[Path]) -> Task:
    """The assignment made ready once, right sheets judged as columns."""

    def task() -> None:
        grader = Grader(read(ASSIGNMENT.read_bytes()))
        handed = [one for one in handed_in([str(path) for path in files]) if isinstance(one, Handed)]
        reports = [dump(grade, indent=False) for grade in grader.grades(handed)]
        assert len(reports) == len(files)

    return task


def obvious(files: Sequence[Path], number: type) -> Task:
    """pydantic, networkx and a dict, one file after the other."""

    def task() -> None:
        grader = Obvious(ASSIGNMENT, number)
        reports = [grader.report(path) for path in files]
        assert len(reports) == len(files)

    return task


def one_by_one(files: Sequence[Path]) -> Task:
    """What a script does that calls the grader for each file."""

    def task() -> None:
        for path in files:
            grader = Grader(read(ASSIGNMENT.read_bytes()))
            dump(grader.grade(Handed(path.read_bytes(), path.stem, path.name)), indent=False)

    return task


def verified(files: Sequence[Path]) -> Task:
    """The obvious design without a grader: the claims attached to the graph, and a report on every number."""

    def task() -> None:
        for path in files:
            document = json.loads(ASSIGNMENT.read_bytes())["graph"]
            rows = {row["id"]: row for row in document["nodes"]}
            for address, text in json.loads(path.read_bytes())["answers"].items():
                field, name = address.split(":")
                if field in ("value", "grad"):
                    rows[name][field] = text
            dump(chainrule.verify(document, detail="all"), indent=False)

    return task
