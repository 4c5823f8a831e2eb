"""The malformed documents of the corpus are refused, each with its code."""

import gzip
import io
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from chainrule.engine.check import check
from chainrule.schema import Annotations, DocumentError, Graph, attach, graph_digest, read, read_lines
from chainrule.schema.columns import pack
from chainrule.schema.container import Stored, open_header, write_container
from chainrule.schema.number_faults import Fault

CORPUS = Path(__file__).parents[2] / "fixtures" / "documents" / "invalid" / "malformed.jsonl"
CASES: dict[str, dict[str, Any]] = {
    case["name"]: case for case in map(json.loads, CORPUS.read_text(encoding="utf-8").splitlines())
}

BASE = (
    '{"chainrule":"1.0","kind":"graph","opset":{"core":1},"nodes":[{"id":"x","op":"input","value":-2},'
    '{"id":"y","op":"input","value":5},{"id":"z","op":"input","value":-4},{"id":"q","op":"add","inputs":["x","y"]},'
    '{"id":"f","op":"mul","inputs":["q","z"],"value":-12,"grad":1}],"outputs":[{"node":"f","seed":1}]}'
)

#: What this version refuses by name, or has no op for, or cannot be handed at all: group or case -> why.
LATER = {
    "assignment": "the kind is refused as kind.unexpected",
    "readers": "HTTP and ONNX have no reader yet",
}
HERE_ALL_THE_SAME = {"readers/jsonl_line_over_the_cap"}


def replaced(old: str, new: str) -> bytes:
    assert old in BASE
    return BASE.replace(old, new, 1).encode()


def appended(field: str) -> bytes:
    return (BASE[:-1] + "," + field + "}").encode()


def bytes_in_place_of_mul(data: bytes) -> bytes:
    return BASE.encode().replace(b'"mul"', data)


def with_functions(functions: dict[str, Any], call: str | None = None) -> bytes:
    text = BASE if call is None else BASE.replace('"add","inputs":["x","y"]', f'"{call}","inputs":["x"]')
    return (text[:-1] + ',"functions":' + json.dumps(functions) + "}").encode()


def function_of_calls(op: str, count: int) -> dict[str, Any]:
    """A function of one parameter that applies an op so often, one after the other."""
    nodes = [{"id": f"b{i}", "op": op, "inputs": [f"b{i - 1}" if i else "a"]} for i in range(count)]
    return {"params": ["a"], "nodes": nodes, "outputs": [f"b{count - 1}"]}


def laughs() -> dict[str, Any]:
    return {f"f{k}": function_of_calls(f"fn:f{k - 1}", 10) if k else function_of_calls("neg", 1) for k in range(12)}


#: How the bytes of the cases are made that do not travel as text.
MADE: dict[str, Callable[[], bytes]] = {
    "text/utf16": lambda: BASE.encode("utf-16"),
    "text/latin1": lambda: bytes_in_place_of_mul(b'"m\xe9l"'),
    "text/raw_surrogate": lambda: bytes_in_place_of_mul(b'"\xed\xa0\x80"'),
    "text/integer_of_5000_digits": lambda: replaced("-12", "9" * 5_000),
    "text/100000_open_brackets": lambda: b"[" * 100_000,
    "text/900_deep_in_ext": lambda: appended('"ext":{"org.a":' + "[" * 900 + "]" * 900 + "}"),
    "text/500_deep_in_a_value": lambda: replaced("-12", "[" * 500 + "1" + "]" * 500),
    # A gigabyte of spaces in members of a megabyte each: gzip joins them.
    "text/gzip_bomb": lambda: gzip.compress(b" " * 2**20) * 2**10 + gzip.compress(BASE.encode()),
    "structure/ext_2_mib": lambda: appended('"ext":{"org.a":"' + "a" * 2_097_152 + '"}'),
    "structure/meta_65_entries": lambda: appended('"meta":' + json.dumps({f"k{i}": "" for i in range(65)})),
    "structure/fan_in_4097": lambda: replaced('["q","z"]', json.dumps(["q"] * 4_097)),
    "functions/billion_laughs": lambda: with_functions(laughs(), "fn:f11"),
    "functions/1025_functions": lambda: with_functions({f"f{k}": function_of_calls("neg", 1) for k in range(1_025)}),
    "values/decimal_of_5000_digits": lambda: replaced("-12", '"0.' + "1" * 5_000 + '"'),
}


def graph() -> Graph:
    document = read(BASE.encode())
    assert isinstance(document, Graph)
    return document


def columns(change: Callable[[dict[str, str], dict[str, Stored]], object]) -> bytes:
    """B in columns, after a change to its metadata and tensors."""
    opened = open_header(pack(graph()))
    assert not isinstance(opened, Fault)
    metadata, tensors = dict(opened.metadata), opened.tensors()
    assert not isinstance(tensors, Fault)
    changed = dict(tensors)
    change(metadata, changed)
    return write_container(metadata, changed)


def entry(name: str, place: int, data: bytes) -> bytes:
    """B in columns with other bytes at a place of a tensor."""

    def change(metadata: dict[str, str], tensors: dict[str, Stored]) -> None:
        old = bytes(tensors[name].data)
        start = place % len(old)
        tensors[name] = tensors[name]._replace(data=old[:start] + data + old[start + len(data) :])

    return columns(change)


def ids(text: bytes) -> bytes:
    """B in columns with other ids."""
    return columns(lambda _, tensors: tensors.update(ids=Stored("U8", (len(text),), text)))


def header(old: bytes, new: bytes) -> bytes:
    """B in columns with another header text, whose length is put right."""
    content = pack(graph())
    length = int.from_bytes(content[:8], "little")
    text = content[8 : 8 + length]
    assert old in text
    text = text.replace(old, new, 1)
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


def op_entry() -> bytes:
    content = pack(graph())
    text = content[8 : 8 + int.from_bytes(content[:8], "little")]
    start = text.index(b'"op":{')
    return text[start : text.index(b"}", start) + 1]


def file(header: str, size: int) -> bytes:
    """S: a safetensors file with that header and so many zeros."""
    return len(header).to_bytes(8, "little") + header.encode() + bytes(size)


def tensor(name: str, shape: int, first: int, last: int) -> str:
    return f'"{name}":{{"dtype":"F64","shape":[{shape}],"data_offsets":[{first},{last}]}}'


def newer(metadata: dict[str, str], tensors: dict[str, Stored]) -> None:
    metadata |= {"chainrule": "1.1", "doc": metadata["doc"].replace('"1.0"', '"1.1"')}


MADE |= {
    "columns/tensor_name_twice": lambda: header(op_entry(), op_entry() + b"," + op_entry()),
    "columns/unknown_key_in_an_entry": lambda: header(b'"op":{', b'"op":{"zz":1,'),
    "columns/space_before_the_header": lambda: header(b"{", b" {"),
    "columns/hole": lambda: file("{" + tensor("a", 1, 8, 16) + "}", 16),
    "columns/overlap": lambda: file("{" + tensor("a", 1, 0, 8) + "," + tensor("b", 1, 0, 8) + "}", 8),
    "columns/short": lambda: file("{" + tensor("a", 2, 0, 16) + "}", 15),
    "columns/size_does_not_match_the_shape": lambda: file("{" + tensor("a", 3, 0, 16) + "}", 16),
    "columns/header_length_2_to_the_63": lambda: (2**63).to_bytes(8, "little") + b"{}",
    "columns/header_above_100_mb": lambda: (100_000_001).to_bytes(8, "little") + b"{}",
    "columns/negative_offset": lambda: file("{" + tensor("a", 2, -16, 0) + "}", 16),
    "columns/no_op_column": lambda: columns(lambda _, tensors: tensors.pop("op")),
    "columns/op_index_beyond_the_table": lambda: entry("op", -2, b"\xff\xff"),
    "columns/bit_without_column": lambda: columns(lambda _, t: t.pop("grad")),
    "columns/unknown_tensor": lambda: columns(lambda _, t: t.update(weights=Stored("float64", (2,), bytes(16)))),
    "columns/reference_to_its_own_row": lambda: entry("idx", 0, b"\3"),
    "columns/ids_one_line_short": lambda: ids(b"x\ny\nz\nq\n"),
    "columns/id_with_a_space": lambda: ids(b"a b\ny\nz\nq\nf\n"),
    "columns/newer_version_in_the_document": lambda: columns(newer),
}


def reason(name: str) -> str | None:
    if name in HERE_ALL_THE_SAME:
        return None
    return LATER.get(name) or LATER.get(name.partition("/")[0])


def codes(data: bytes) -> list[str]:
    try:
        check(read(data))
    except DocumentError as error:
        return [problem.code for problem in error.problems]
    return []


def with_text(later: bool) -> list[str]:
    return [name for name, case in CASES.items() if "text" in case and bool(reason(name)) == later]


def test_the_corpus_is_whole() -> None:
    assert len(CASES) == 217


@pytest.mark.parametrize("name", with_text(later=False))
def test_a_malformed_text_gets_its_code(name: str) -> None:
    assert CASES[name]["expect_code"] in codes(CASES[name]["text"].encode())


@pytest.mark.parametrize("name", MADE)
def test_malformed_bytes_get_their_code(name: str) -> None:
    assert set(codes(MADE[name]())) == {CASES[name]["expect_code"]}


@pytest.mark.parametrize("name", with_text(later=True))
def test_what_is_left_for_later_is_refused_all_the_same(name: str) -> None:
    assert codes(CASES[name]["text"].encode())


def file_of(count: int) -> bytes:
    """A file with the tensor w, of so many doubles."""
    header = json.dumps({"w": {"dtype": "F64", "shape": [count], "data_offsets": [0, 8 * count]}}).encode()
    return len(header).to_bytes(8, "little") + header + bytes(8 * count)


#: The file that the document names, and what the resolver answers.
BLOBS = {
    "values/blob_of_other_bytes": (file_of(2), file_of(2)[:-1] + b"\1"),
    "values/blob_of_another_shape": (file_of(3), file_of(3)),
}


@pytest.mark.parametrize("name", BLOBS)
def test_a_blob_that_is_not_the_one_that_is_named_gets_its_code(name: str) -> None:
    meant, given = BLOBS[name]
    blob = {"shape": [2], "blob": f"sha256:{sha256(meant).hexdigest()}", "name": "w"}
    text = replaced('"x","op":"input","value":-2', f'"x","op":"input","value":{json.dumps(blob)}')
    with pytest.raises(DocumentError) as caught:
        read(text, blobs=lambda _: given)
    assert [problem.code for problem in caught.value.problems] == [CASES[name]["expect_code"]]


def test_every_case_is_judged_or_left_for_later_with_a_reason() -> None:
    attached = {"annotations/of_another_graph", "annotations/of_a_node_that_is_not_there"}
    judged = {*with_text(later=False), *MADE, *attached, *BLOBS, "readers/jsonl_line_over_the_cap"}
    later = {name for name in CASES if reason(name)}
    assert judged | later == set(CASES)
    assert not judged & later
    assert all(reason(name) for name in LATER)


@pytest.mark.parametrize(
    ("name", "digest", "node"),
    [
        ("annotations/of_another_graph", "sha256:" + "0" * 64, "q"),
        ("annotations/of_a_node_that_is_not_there", graph_digest(graph()), "w"),
    ],
)
def test_claims_about_another_graph_get_their_code(name: str, digest: str, node: str) -> None:
    text = {"chainrule": "1.0", "kind": "annotations", "graph": digest, "nodes": {node: {"grad": 1}}}
    claims = read(json.dumps(text).encode())
    assert isinstance(claims, Annotations)
    with pytest.raises(DocumentError) as caught:
        attach(claims, graph())
    assert [problem.code for problem in caught.value.problems] == [CASES[name]["expect_code"]]


def test_a_line_over_the_cap_spoils_no_other() -> None:
    line = BASE.encode() + b"\n"
    found = list(read_lines(io.BytesIO(line + b" " * (2**26 + 1) + line + line)))
    assert [isinstance(document, Graph) for _, document in found] == [True, False, True]
    refused = found[1][1]
    assert isinstance(refused, DocumentError)
    assert [problem.code for problem in refused.problems] == [CASES["readers/jsonl_line_over_the_cap"]["expect_code"]]
