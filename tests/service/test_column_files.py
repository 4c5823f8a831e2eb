"""Column files wherever a path is taken: read by every verb, written by the end of a name."""

import gzip
from pathlib import Path

import pytest

import chainrule
from chainrule.schema import Graph, UsageError, canonical
from chainrule.service.cli import main

FIXTURES = Path(__file__).parents[2] / "fixtures"
NEURON = FIXTURES / "lecture" / "sigmoid-neuron.computed.cr.json"


@pytest.fixture
def columns(tmp_path: Path) -> Path:
    path = tmp_path / "neuron.cr.safetensors"
    chainrule.dump(chainrule.load(NEURON), path)
    return path


def test_the_library_reads_and_writes_them(columns: Path) -> None:
    graph = chainrule.load(columns)
    assert canonical(graph) == canonical(chainrule.load(NEURON))
    assert chainrule.verify(columns).verdict == chainrule.verify(NEURON).verdict


def test_convert_goes_both_ways(columns: Path, tmp_path: Path) -> None:
    text, again = tmp_path / "neuron.cr.json", tmp_path / "again.cr.safetensors"
    assert main(["convert", str(columns), "-o", str(text)]) == 0
    assert main(["convert", str(text), "-o", str(again)]) == 0
    assert again.read_bytes() == columns.read_bytes()
    assert canonical(chainrule.load(text)) == canonical(chainrule.load(NEURON))


def test_a_folder_of_them_is_verified(columns: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(columns.parent)]) == 0
    assert "neuron.cr.safetensors" in capsys.readouterr().out


def test_annotate_writes_them_in_place(columns: Path) -> None:
    assert main(["annotate", "-i", str(columns)]) == 0
    graph = chainrule.load(columns)
    assert isinstance(graph, Graph)
    assert all("grad" in node for node in graph.nodes if node["op"] != "const")


def test_two_graphs_do_not_fit_one_file(columns: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "both.cr.safetensors"
    assert main(["convert", str(columns), str(NEURON), "-o", str(out)]) == 2
    assert "a column file holds one graph" in capsys.readouterr().err


def test_what_is_no_graph_has_no_columns(tmp_path: Path) -> None:
    report = chainrule.verify(NEURON)
    with pytest.raises(UsageError, match="columns hold a graph"):
        chainrule.dump(report, tmp_path / "report.cr.safetensors")
    assert not list(tmp_path.iterdir())


def test_a_name_in_gz_is_compressed(tmp_path: Path) -> None:
    path = tmp_path / "neuron.cr.json.gz"
    chainrule.dump(chainrule.load(NEURON), path)
    assert gzip.decompress(path.read_bytes()) == chainrule.dump(chainrule.load(NEURON))


def test_convert_to_nothing_is_asked_back(columns: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(columns)]) == 2
    assert "convert to what?" in capsys.readouterr().err
