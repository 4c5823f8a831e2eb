"""JSONTestSuite: what must be JSON is read as JSON, what is not is refused as such, and the open cases have an answer.

The suite's files are not part of this repository; its directory lies beside it where they are to be had.
"""

from collections import Counter
from pathlib import Path

import pytest

from chainrule.schema import DocumentError, read

SUITE = Path(__file__).parents[3] / "shared" / "data" / "json"
FILES = sorted((SUITE / "test_parsing").glob("*.json"))
TRANSFORMS = sorted((SUITE / "test_transform").glob("*.json"))

pytestmark = pytest.mark.skipif(not FILES, reason="JSONTestSuite is not beside the repository (../shared/data/json)")

#: What is JSON and no document: an array, or an object without a version.
NO_DOCUMENT = {"json.not_object", "version.missing"}

#: The open cases that are JSON here: underflows, and integers of more than 64 bits.
ACCEPTED = {
    "i_number_double_huge_neg_exp.json",
    "i_number_real_underflow.json",
    "i_number_too_big_neg_int.json",
    "i_number_too_big_pos_int.json",
    "i_number_very_big_negative_int.json",
}


def code(path: Path) -> str:
    with pytest.raises(DocumentError) as caught:
        read(path.read_bytes())
    (problem,) = caught.value.problems
    return problem.code


def beginning(letter: str) -> list[Path]:
    return [path for path in FILES if path.name.startswith(letter)]


def test_what_must_be_json_is_refused_only_as_a_document() -> None:
    codes = {path.name: code(path) for path in beginning("y_")}
    assert len(codes) == 95
    twice = {name for name, found in codes.items() if found == "json.duplicate_key"}
    assert twice == {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
    assert {found for name, found in codes.items() if name not in twice} <= NO_DOCUMENT


def test_what_is_no_json_is_refused_as_such() -> None:
    codes = [code(path) for path in beginning("n_")]
    assert len(codes) == 188
    assert set(codes) <= {"json.syntax", "json.depth"}


def test_each_open_case_has_the_answer_that_the_format_gives() -> None:
    codes = {path.name: code(path) for path in beginning("i_")}
    assert len(codes) == 35
    assert {name for name, found in codes.items() if found in NO_DOCUMENT} == ACCEPTED
    refused = Counter(found for name, found in codes.items() if name not in ACCEPTED)
    assert refused == {"json.number_overflow": 5, "json.depth": 1, "json.syntax": 24}


@pytest.mark.skipif(not TRANSFORMS, reason="the suite's transform cases are not there")
def test_what_parsers_read_differently_is_refused_with_a_code() -> None:
    codes = {path.name: code(path) for path in TRANSFORMS}
    assert len(codes) == 22
    assert {found for name, found in codes.items() if "same_key" in name} == {"json.duplicate_key"}
