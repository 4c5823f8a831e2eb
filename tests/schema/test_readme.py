"""The README's documents are read, its claims fit their graph, and its list of codes is the closed one."""

import re
from pathlib import Path

import pytest

from chainrule.schema import CODES, Annotations, Document, Graph, attach, read

README = (Path(__file__).parents[2] / "schema" / "README.md").read_text(encoding="utf-8")
DOCUMENTS = re.findall(r"```json\n(\{.*?)```", README, re.DOTALL)


def documents() -> list[Document]:
    return [read(text.encode()) for text in DOCUMENTS]


@pytest.mark.parametrize("text", DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_every_document_is_read(text: str) -> None:
    assert isinstance(read(text.encode()), Document)


def test_the_printed_claims_fit_the_neuron() -> None:
    (claims,) = [found for found in documents() if isinstance(found, Annotations)]
    (neuron,) = [found for found in documents() if isinstance(found, Graph) and len(found.nodes) == 14]
    assert attach(claims, neuron).nodes[-1]["value"] == "0.73"


def test_the_table_of_codes_is_the_closed_list() -> None:
    section = README.partition("\n## 19.")[2].partition("\n## 20.")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    assert [code for row in rows for code in re.findall(r"`([^`]+)`", row)] == sorted_as_listed()


def sorted_as_listed() -> list[str]:
    return list(CODES)
