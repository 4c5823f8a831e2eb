"""The suite runs, on tiny sizes, and its ratios are ordered. What it measures is nobody's business here."""

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import orjson
import pytest

import chainrule
from chainrule.schema import read
from chainrule.service.grading.classes import Grader, Handed

from . import checking, grading, obvious_verifier, small
from .circuits import OPS, Circuit, chain, document, wide
from .lenet import lenet
from .pairs import paired
from .row import Row
from .tables import markdown

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "suite", ["checking", "grading", "loading", "passes", "processes", "small", "tensors", "verifying"]
)
def test_a_suite_runs_and_writes_what_it_measured(suite: str, tmp_path: Path) -> None:
    file = tmp_path / "measured.json"
    options = ["--rounds", "2", "--scale", "0.005", "--only", suite, "--json", str(file)]
    command = [sys.executable, "-m", "tests.benchmarks", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert len(orjson.loads(file.read_bytes())["rows"]) >= 1
    assert "| work | peer |" in done.stdout


@pytest.mark.parametrize("number", [float, Fraction])
def test_the_obvious_grader_grades_as_ours_does(number: type, tmp_path: Path) -> None:
    files = grading.write_class(tmp_path, 40, varied=True)
    obvious = grading.Obvious(grading.ASSIGNMENT, number)
    theirs = [orjson.loads(obvious.report(path)) for path in files]
    ours = Grader(read(grading.ASSIGNMENT.read_bytes())).grades([Handed(path.read_bytes()) for path in files])
    states = [[(slot["slot"], slot["state"]) for slot in grade.slots or ()] for grade in ours]
    same = [
        sorted(own) == sorted((slot["slot"], slot["state"]) for slot in one["slots"])
        for own, one in zip(states, theirs, strict=True)
    ]
    assert sum(same) >= 30


def test_the_obvious_verifier_finds_the_gradients_that_ours_refutes() -> None:
    for data in small.different(30):
        claims = orjson.loads(obvious_verifier.verified(data))["claims"]
        theirs = {claim["node"] for claim in claims if claim["field"] == "grad" and claim["verdict"] == "wrong"}
        report = chainrule.verify(data, detail="all")
        ours = {row["wire"] for row in report.claims or [] if row["global"]["verdict"] == "refuted"}
        assert ours == theirs


def test_different_documents_are_of_different_graphs() -> None:
    assert len({chainrule.load(data).model_dump_json() for data in small.different(30)}) == 30


@pytest.mark.parametrize("circuit", [wide(60, unary="tanh"), chain(60)])
def test_a_right_circuit_passes_every_check_that_is_measured(circuit: Circuit) -> None:
    for make in (checking.central_differences, checking.error_bars, checking.certificate):
        make(circuit)()


def test_a_pair_s_quartiles_are_in_order() -> None:
    measured = paired(lambda: sum(range(20_000)), lambda: sum(range(20_000)), rounds=3)
    assert 0 < measured.low <= measured.ratio <= measured.high


def test_a_missing_peer_is_a_line_that_says_so() -> None:
    assert "| nobody | not installed |" in markdown([Row("table", "work", 1, {"nobody": None})])


def test_every_row_of_a_random_circuit_reaches_the_output() -> None:
    circuit = wide(500)
    used = {operand for gate in circuit for operand in gate.operands}
    assert used == set(range(len(circuit) - 1))
    assert {gate.op for gate in circuit if gate.operands} == set(OPS)


def test_a_chain_is_as_deep_as_it_is_long() -> None:
    assert all(gate.operands[0] == place + 1 for place, gate in enumerate(chain(200)[2:]))


def test_the_network_on_one_image_has_its_nodes() -> None:
    assert len(lenet().rows) == 887_059


@pytest.mark.slow
def test_a_small_image_is_annotated_and_verified() -> None:
    command = [sys.executable, "-m", "tests.benchmarks.lenet", "--side", "12"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert "global: 0 proved, 503,810 consistent, 0 undecided, 0 refuted" in done.stdout


def test_a_circuit_s_document_lists_operands_before_their_gates() -> None:
    nodes = document(wide(50))["nodes"]
    place = {node["id"]: position for position, node in enumerate(nodes)}
    assert all(place[name] < place[node["id"]] for node in nodes for name in node.get("inputs", []))
