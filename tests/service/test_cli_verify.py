import json
from pathlib import Path
from typing import Any

import pytest

from chainrule.schema import graph_digest, read
from chainrule.service.tables import table

from .commands import BARE, BROKEN, OPEN, RIGHT, WRONG, X, document, give, run, write

Capture = pytest.CaptureFixture[str]


def annotations(graph: dict[str, Any], **claims: dict[str, Any]) -> dict[str, Any]:
    """Claims about a graph, apart from it."""
    digest = graph_digest(read(json.dumps(graph).encode()))
    return {"chainrule": "1.0", "kind": "annotations", "graph": digest, "nodes": claims}


def test_a_finding_is_one_line_with_file_node_kind_and_sentence(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", WRONG)
    done = run(capsys, "verify", path)
    finding, _, head, row = done.out.splitlines()
    assert finding.startswith(
        f"{path}:z: refuted: gradient says 4; q = 3 makes it 3 (a multiply gate switches its inputs)"
    )
    assert head.split() == ["document", "numbers", "local", "global", "verdict"]
    assert row.split()[:2] == [str(path), "7"]
    assert row.endswith("6 proved, 1 refuted  6 proved, 1 refuted  refuted")


def test_right_numbers_are_a_row_of_the_table_and_nothing_else(capsys: Capture, tmp_path: Path) -> None:
    done = run(capsys, "verify", write(tmp_path / "f.cr.json", RIGHT))
    assert done.code == 0
    assert len(done.out.splitlines()) == 2
    assert done.out.rstrip().endswith("7 proved  7 proved  proved")


def test_several_documents_have_a_sum(capsys: Capture, tmp_path: Path) -> None:
    done = run(capsys, "verify", write(tmp_path / "l.cr.jsonl", RIGHT, WRONG, BARE))
    assert done.out.splitlines()[-1].split("  ", maxsplit=1)[0] == "3 documents"
    assert done.out.endswith("14       13 proved, 1 refuted  13 proved, 1 refuted  refuted\n")


def test_a_graph_without_claims_has_nothing_against_it(capsys: Capture) -> None:
    done = run(capsys, "verify", "--expr", "x*y", "x=1", "y=2")
    assert done.code == 0
    assert done.out.rstrip().endswith("nothing claimed")


def test_a_document_that_asks_for_nothing_is_warned_of_below_the_table(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", RIGHT | {"outputs": [{"node": "f", "seed": 0}]})
    last = run(capsys, "verify", path).out.splitlines()[-1]
    assert last.startswith(f"{path}: warning: ")
    assert "seed" in last


def test_all_details_show_evidence_and_the_differences_of_every_leaf(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", document(X | {"grad": -4}, *RIGHT["nodes"][1:2], *BARE["nodes"][2:]))
    lines = run(capsys, "verify", "--detail", "all", path).out.splitlines()
    assert f"{path}:x: proved: gradient says -4; the inputs make it -4" in lines
    assert "    global verdict: proved, it is -4" in lines
    assert any(line.startswith("    finite-difference: for, -4 ± ") for line in lines)
    assert [line.split(":")[1] for line in lines if ": difference: finite differences give " in line] == ["x", "y", "z"]


@pytest.mark.parametrize(("judge", "code"), [("both", 1), ("local", 0), ("global", 1)])
def test_the_judge_decides_what_counts(capsys: Capture, tmp_path: Path, judge: str, code: int) -> None:
    printed = [
        {"id": "x", "op": "input", "value": 3, "grad": "0.40"},
        {"id": "u", "op": "mul", "inputs": ["x", "w"], "grad": "0.20"},
        {"id": "f", "op": "mul", "inputs": ["u", "v"]},
    ]
    leaves = [{"id": "w", "op": "const", "value": 2}, {"id": "v", "op": "const", "value": "0.1966"}]
    path = write(tmp_path / "f.cr.json", document(*leaves, *printed))
    assert run(capsys, "verify", "--judge", judge, path).code == code


def test_json_of_one_file_is_the_report_itself(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.cr.json", WRONG)
    done = run(capsys, "verify", "--output", "json", path)
    report = json.loads(done.out)
    assert done.code == 1
    assert report["verdict"] == {"local": "refuted", "global": "refuted"}
    assert [claim["wire"] for claim in report["claims"]] == ["z"]
    assert report["run"]["source"] == str(path)
    assert [seen["wire"] for seen in report["run"]["differences"]] == ["x", "y", "z"]
    assert read(done.out.encode()).kind == "report"


def test_json_of_several_files_is_an_array_also_where_one_cannot_be_read(capsys: Capture, tmp_path: Path) -> None:
    for name, one in {"a": BROKEN, "b": RIGHT}.items():
        write(tmp_path / f"{name}.cr.json", one)
    done = run(capsys, "verify", "--output", "json", tmp_path)
    broken, right = json.loads(done.out)
    assert [problem["code"] for problem in broken["problems"]] == ["value.number", "field.unknown"]
    assert "verdict" not in broken
    assert right["verdict"]["global"] == "proved"
    assert all(read(json.dumps(report).encode()).kind == "report" for report in (broken, right))


def test_ndjson_is_one_report_a_line(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "l.cr.jsonl", RIGHT, WRONG, BROKEN)
    lines = run(capsys, "verify", "--output", "ndjson", path).out.splitlines()
    assert [json.loads(line)["run"]["source"] for line in lines] == [f"{path}:{number}" for number in (1, 2, 3)]


def test_claims_of_their_own_are_attached_to_the_graph(capsys: Capture, tmp_path: Path) -> None:
    graph, claims = write(tmp_path / "g.json", RIGHT), write(tmp_path / "c.json", annotations(BARE, x={"grad": "4"}))
    done = run(capsys, "verify", graph, "--annotations", claims)
    assert done.code == 1
    assert done.out.startswith(f"{claims}:x: refuted: gradient says 4; q sends 1 × (-4), which makes it -4")
    assert str(graph) not in done.out


def test_every_line_of_claims_is_judged(capsys: Capture, tmp_path: Path) -> None:
    sheets = [annotations(BARE, z={"grad": str(number)}) for number in (3, 4)]
    graph, claims = write(tmp_path / "g.json", BARE), write(tmp_path / "c.jsonl", *sheets)
    done = run(capsys, "verify", graph, "--annotations", claims, "--output", "ndjson")
    assert [json.loads(line)["verdict"]["global"] for line in done.out.splitlines()] == ["proved", "refuted"]


@pytest.mark.parametrize("order", [("claims", "graph"), ("graph", "claims")])
def test_claims_among_the_sources_find_their_graph(capsys: Capture, tmp_path: Path, order: tuple[str, str]) -> None:
    files = {"graph": BARE, "claims": annotations(BARE, z={"grad": 4})}
    paths = {name: write(tmp_path / f"{name}.cr.json", one) for name, one in files.items()}
    done = run(capsys, "verify", *(paths[name] for name in order))
    assert done.code == 1
    assert f"{paths['claims']}:z: refuted: " in done.out


def test_claims_about_an_absent_graph_say_which(capsys: Capture, tmp_path: Path) -> None:
    claims = annotations(BARE, z={"grad": 4})
    done = run(capsys, "verify", write(tmp_path / "c.cr.json", claims))
    assert done.code == 2
    assert f"claims about the graph {claims['graph']}; name its file as well" in done.err


def test_claims_about_another_graph_are_refused(capsys: Capture, tmp_path: Path) -> None:
    claims, other = write(tmp_path / "c.json", annotations(BARE, z={"grad": 4})), write(tmp_path / "o.json", OPEN)
    done = run(capsys, "verify", other, "--annotations", claims)
    assert done.code == 2
    assert f"{claims}:/graph: digest.mismatch: " in done.out


def test_a_report_cannot_be_verified(capsys: Capture, tmp_path: Path) -> None:
    report = run(capsys, "verify", "--output", "json", write(tmp_path / "f.json", RIGHT)).out
    path = tmp_path / "r.json"
    path.write_text(report)
    done = run(capsys, "verify", path)
    assert done.code == 2
    assert "kind.unexpected" in done.out


def test_a_graph_that_breaks_a_rule_of_its_op_is_named(capsys: Capture, tmp_path: Path) -> None:
    path = write(tmp_path / "f.json", document(X, {"id": "f", "op": "mul", "inputs": ["x"]}))
    done = run(capsys, "verify", path)
    assert done.code == 2
    assert f"{path}:/nodes/1/inputs: op.arity: f gives mul 1 operand; it takes 2 (a, b)" in done.out
    assert done.out.rstrip().endswith("unreadable")


def test_standard_input_is_judged_like_a_file(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, json.dumps(WRONG).encode())
    done = run(capsys, "verify", "-")
    assert done.code == 1
    assert done.out.startswith("-:z: refuted: ")


def test_a_terminal_gets_colours_and_names_in_one_piece() -> None:
    name = "a/rather/long/name/of/a/folder/neuron.cr.json"
    drawn = table(("document", "verdict"), [(name, "refuted")], terminal=True)
    assert name in drawn
    assert "\x1b[31m" in drawn
    assert "\x1b" not in table(("document", "verdict"), [(name, "refuted")], terminal=False)
