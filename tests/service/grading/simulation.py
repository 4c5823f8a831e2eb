"""Simulated classes, and the table of what the grader makes of them (grading.md 24).

From the root of the repository: ``python -m tests.service.grading.simulation [CIRCUITS] [SEED]`` prints the table, and
on the way the table of what is done so far.
"""

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from chainrule.service.grading.exam import Exam

from . import mistakes
from .circuits import Circuit, draw
from .sheets import exam, form_of, grade
from .students import HABITS, Impossible, Sheet, Student, student

#: Mistakes of one sheet each, a circuit.
MISTAKES = 3

#: Circuits that are simulated in one go, with seeds of their own.
CHUNK = 1_000

#: Of every so many circuits one has thin sheets.
THIN = 4

#: How far a random wrong number is from the right one.
REACH = 2


@dataclass
class Tally:
    """What was counted; tallies of several runs are added."""

    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    #: Honest numbers that were refuted, described: there must be none.
    refuted: list[str] = field(default_factory=list)

    def add(self, *key: str) -> None:
        self.counts[key] += 1

    def of(self, *key: str) -> int:
        return self.counts[key]

    def share(self, above: tuple[str, ...], below: tuple[str, ...]) -> float:
        """Per cent; 0 of nothing."""
        return 100 * self.of(*above) / self.of(*below) if self.of(*below) else 0.0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.counts + other.counts, self.refuted + other.refuted)


def honest(circuits: int, seed: int, left_out: float = 0.0) -> Tally:
    """Honest sheets of every habit; `left_out` is the share of inner numbers that are not on the sheet."""
    tally, dice = Tally(), random.Random(seed)
    for _ in range(circuits):
        circuit, decimals = draw(dice), dice.randint(1, 4)
        exam_of = _exams(circuit)
        for habit, sheet, form in _sheets(circuit, decimals, dice):
            key = ("thin", str(left_out)) if left_out else ("honest", habit)
            claims = dict(_kept(circuit, sheet, left_out, dice))
            found = grade(exam_of(form), claims)
            for cell, verdicts in found.cells.items():
                if verdicts.judged is not None:
                    tally.add(*key)
                    tally.add(*key, str(verdicts.local))
                    if verdicts.local == "refuted":
                        place = found.exam.circuit.name(cell)
                        tally.refuted.append(f"{habit}, {form}: {place} of {claims} on {circuit.nodes}")
    return tally


def _exams(circuit: Circuit) -> Callable[[dict], Exam]:
    """The assignment of a circuit for each form that is asked for."""
    document, made = circuit.document(), dict[str, Exam]()

    def of(form: dict) -> Exam:
        if str(form) not in made:
            made[str(form)] = exam(document, form)
        return made[str(form)]

    return of


def _sheets(circuit: Circuit, decimals: int, dice: random.Random) -> Iterator[tuple[str, Sheet, dict]]:
    for habit in HABITS:
        one = student(habit, decimals, dice)
        try:
            yield habit, one.sheet(circuit), form_of(habit, one.decimals)
        except Impossible:
            continue


def _kept(circuit: Circuit, sheet: Sheet, left_out: float, dice: random.Random) -> Iterable[tuple[str, str]]:
    """The claims that stand on the sheet: the output, the leaves' gradients, and some of the others."""
    ends = {f"value:{circuit.nodes[-1].name}", *(f"grad:{node.name}" for node in circuit.nodes if node.is_leaf)}
    return ((address, text) for address, text in sheet.claims.items() if address in ends or dice.random() >= left_out)


def with_mistakes(circuits: int, seed: int) -> Tally:
    """Sheets with one mistake each, and what is found of it."""
    tally, dice = Tally(), random.Random(seed)
    for _ in range(circuits):
        circuit, decimals = draw(dice), dice.randint(1, 4)
        exam_of = _exams(circuit)
        for habit in dice.sample(HABITS, MISTAKES):
            _one_mistake(circuit, exam_of, habit, decimals, dice, tally)
    return tally


def _one_mistake(
    circuit: Circuit, exam_of: Callable[[dict], Exam], habit: str, decimals: int, dice: random.Random, tally: Tally
) -> None:
    mistake, seed = mistakes.draw(circuit, dice), dice.random()
    wrong, right = (student(habit, decimals, random.Random(seed), one) for one in (mistake, None))
    try:
        claims, others = wrong.sheet(circuit).claims, right.sheet(circuit).claims
    except Impossible:
        return
    if Decimal(claims[mistake.address]) == Decimal(others[mistake.address]):
        return
    digits = habit if habit in ("calculator", "sigfigs") else str(decimals)
    found = grade(exam_of(form_of(habit, wrong.decimals)), claims)
    for cell, verdicts in found.cells.items():
        if found.exam.circuit.name(cell) != mistake.address:
            tally.add("innocent")
            if verdicts.local == "refuted":
                tally.add("innocent", "refuted")
            continue
        tally.add("mistake", digits)
        tally.add("mistake", digits, _seen(verdicts))
        if verdicts.diagnosis is not None:
            _diagnosed(mistake, verdicts.diagnosis, tally)


def _seen(verdicts: object) -> str:
    """How a mistake is seen: refuted, open by its few digits, open by rounded scratch work, or not at all."""
    if verdicts.judged.form and verdicts.judged.verdict == "undecided":
        return "short"
    return {"refuted": "refuted", "undecided": "undecided"}.get(verdicts.local, "silent")


def _diagnosed(mistake: mistakes.Mistake, diagnosis: object, tally: Tally) -> None:
    codes = [code for one in diagnosis.classes for code in one.codes]
    kind = "surface" if mistake.code in mistakes.SURFACE else "formula"
    tally.add("diagnosed")
    tally.add("diagnosed", kind)
    if mistake.code in codes:
        tally.add("diagnosed", kind, "in set")
    if len(diagnosis.classes) == 1:
        tally.add("diagnosed", "one class")
    if diagnosis.is_named:
        tally.add("diagnosed", "named")
        if mistake.code not in codes:
            tally.add("diagnosed", "named wrong")


def with_random_numbers(circuits: int, seed: int) -> Tally:
    """Sheets with one random number in the place of a gradient: nothing should be named.

    A number that some mistake gives at this place is no random one, and is left out.
    """
    tally, dice = Tally(), random.Random(seed)
    for _ in range(circuits):
        circuit, decimals = draw(dice), dice.randint(1, 4)
        one = student("hand", decimals, dice)
        try:
            claims = dict(one.sheet(circuit).claims)
        except Impossible:
            continue
        address = f"grad:{dice.choice(circuit.trained)}"
        right = Decimal(claims[address])
        away = Decimal(dice.uniform(-REACH, REACH)) * max(Decimal(1), abs(right))
        claims[address] = one.printed(one.rounded(right + away))
        if Decimal(claims[address]) in _given_by_mistakes(circuit, one, address, dice):
            continue
        found = grade(exam(circuit.document(), form_of("hand", decimals)), claims)
        verdicts = next(v for cell, v in found.cells.items() if found.exam.circuit.name(cell) == address)
        if verdicts.diagnosis is not None:
            tally.add("random")
            tally.add("random", verdicts.diagnosis.outcome)
    return tally


def _given_by_mistakes(circuit: Circuit, one: Student, address: str, dice: random.Random) -> set[Decimal]:
    """What this student would write there with each mistake, and what slips of the pen make of the right number."""
    right = replace(one, dice=random.Random(0)).sheet(circuit).claims[address]
    found = {Decimal(text) for text in _transposed(right)} | {Decimal(right).scaleb(k) for k in (-2, -1, 1, 2)}
    for made in mistakes.mistakes(circuit, random.Random(dice.random())).values():
        for mistake in made:
            if mistake.address == address:
                try:
                    sheet = replace(one, mistake=mistake, dice=random.Random(0)).sheet(circuit)
                except Impossible:
                    continue
                found.add(Decimal(sheet.claims[address]))
    return found


def _transposed(text: str) -> Iterator[str]:
    """The number with two neighbouring digits exchanged."""
    places = [place for place, char in enumerate(text) if char.isdigit()]
    for first, second in pairwise(places):
        digits = list(text)
        digits[first], digits[second] = digits[second], digits[first]
        yield "".join(digits)


def rows(tally: Tally) -> Iterator[tuple[str, str, str]]:
    """The table: quantity, measured, bar."""
    for habit in HABITS:
        count, wrong = tally.of("honest", habit), tally.of("honest", habit, "refuted")
        yield f"honest numbers refuted, {habit}", f"{wrong} of {count:,}", "0"
    for left_out in ("0.5", "1.0"):
        count, wrong = tally.of("thin", left_out), tally.of("thin", left_out, "refuted")
        yield f"honest numbers refuted, {float(left_out):.0%} of the inner ones left out", f"{wrong} of {count:,}", "0"
    for habit in HABITS:
        bar = 0.5 if habit == "steps" else 0.1
        share = tally.share(("honest", habit, "undecided"), ("honest", habit))
        yield f"honest numbers undecided, {habit}", f"{share:.3f} %", f"<= {bar} %"
    bars = {"1": (7, 10), "2": (2, 3), "3": (0.8, 1), "4": (0.5, 0.5), "calculator": (0.8, None), "sigfigs": (6, None)}
    for digits, (silent, undecided) in bars.items():
        what = f"{digits} decimals" if digits.isdigit() else digits
        count = tally.of("mistake", digits)
        yield f"silent misses, {what} (of {count:,})", _percent(tally, digits, "silent"), f"<= {silent} %"
        bar = "" if undecided is None else f"<= {undecided} %"
        yield f"mistakes undecided, {what}", _percent(tally, digits, "undecided"), bar
        yield f"mistakes with too few digits, {what}", _percent(tally, digits, "short"), ""
    innocent = f"{tally.of('innocent', 'refuted')} of {tally.of('innocent'):,}"
    yield "innocent numbers refuted", innocent, "<= 2 in 100,000"
    share = tally.share(("diagnosed", "formula", "in set"), ("diagnosed", "formula"))
    yield "true code in the candidate set, not of the surface", f"{share:.1f} %", ">= 98 %"
    share = tally.share(("diagnosed", "surface", "in set"), ("diagnosed", "surface"))
    yield "true code in the candidate set, surface", f"{share:.1f} %", ""
    yield "one class found", f"{tally.share(('diagnosed', 'one class'), ('diagnosed',)):.1f} %", ">= 70 %"
    yield "named", f"{tally.share(('diagnosed', 'named'), ('diagnosed',)):.1f} %", ">= 62 %"
    yield "named and wrong", f"{tally.share(('diagnosed', 'named wrong'), ('diagnosed',)):.3f} %", "<= 0.1 %"
    named = tally.of("random", "unique") + tally.of("random", "family")
    share = 100 * named / max(1, tally.of("random"))
    yield f"random wrong number named (of {tally.of('random'):,})", f"{share:.2f} %", "<= 1 %"


def _percent(tally: Tally, digits: str, seen: str) -> str:
    return f"{tally.share(('mistake', digits, seen), ('mistake', digits)):.2f} %"


def table(tally: Tally) -> str:
    """The table as Markdown."""
    lines = ["| quantity | measured | bar |", "|---|---|---|"]
    return "\n".join(lines + [f"| {quantity} | {measured} | {bar} |" for quantity, measured, bar in rows(tally)])


def runs(circuits: int, seed: int) -> Iterator[Tally]:
    """Everything, chunk by chunk: what was counted up to each of them."""
    total = Tally()
    for start in range(0, circuits, CHUNK):
        count, own = min(CHUNK, circuits - start), seed + 10 * (start // CHUNK)
        total += honest(count, own) + with_mistakes(count, own + 1) + with_random_numbers(count, own + 2)
        total += honest(count // THIN, own + 3, 0.5) + honest(count // THIN, own + 4, 1.0)
        yield total


def main() -> None:
    """Print the table after each chunk to standard error, the last one to standard output."""
    given = [int(argument) for argument in sys.argv[1:]]
    circuits, seed = given[0] if given else 12_000, given[1] if len(given) > 1 else 20261128
    shown = ""
    for place, tally in enumerate(runs(circuits, seed), 1):
        shown = "\n".join([table(tally), *tally.refuted[:20]])
        print(f"{min(place * CHUNK, circuits):,} circuits, seed {seed}\n{shown}", file=sys.stderr, flush=True)
    print(shown)


if __name__ == "__main__":
    main()
