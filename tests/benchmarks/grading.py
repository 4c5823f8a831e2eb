"""A class graded from files to reports, against the obvious design: each submission with its assignment, one by one."""

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import chainrule
from chainrule.schema import dump, read
from chainrule.service.grading.classes import Grader, Handed
from chainrule.service.grading.handing import handed_in

from .pairs import Task, paired
from .row import Row

FIXTURES = Path(__file__).parents[2] / "fixtures"
ASSIGNMENT = FIXTURES / "assignments" / "sigmoid-neuron.cr.json"

#: Submissions of the class, and how many of them have a wrong number.
CLASS, WRONG = 400, 80


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """400 sheets of the sigmoid neuron: half keep all digits, half go on with rounded ones, a fifth has a mistake."""
    count = max(10, int(CLASS * scale))
    with tempfile.TemporaryDirectory() as folder:
        files = write_class(Path(folder), count)
        most = max(2, rounds // 4)
        peers = {
            "the grader, file by file": paired(class_at_once(files), one_by_one(files), rounds=most),
            "verify, file by file": paired(class_at_once(files), verified(files), rounds=most),
        }
    yield Row("grade", f"{count} submissions, from files to reports", count, peers, speedup=True)


def write_class(folder: Path, count: int) -> Sequence[Path]:
    """The files of a class, each of its own."""
    honest = json.loads((FIXTURES / "submissions" / "honest.json").read_text())["answers"]
    dice = random.Random(5)
    for place in range(count):
        answers = dict(honest)
        if place % 2:
            answers |= {"grad:x0": "0.39", "grad:w1": "-0.39", "grad:x1": "-0.59"}
        if place % (CLASS // WRONG) == 0:
            address = dice.choice([name for name in answers if name.startswith("grad")])
            answers[address] = f"{dice.uniform(-2, 2):.2f}"
        (folder / f"s{place:03}.json").write_text(json.dumps({"answers": answers}))
    return sorted(folder.iterdir())


def class_at_once(files: Sequence[Path]) -> Task:
    """The assignment made ready once, right sheets judged as columns."""

    def task() -> None:
        grader = Grader(read(ASSIGNMENT.read_bytes()))
        handed = [one for one in handed_in([str(path) for path in files]) if isinstance(one, Handed)]
        reports = [dump(grade, indent=False) for grade in grader.grades(handed)]
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
