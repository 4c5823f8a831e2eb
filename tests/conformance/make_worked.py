"""Writes fixtures/worked: every example of worked_examples.json as a document, with a case beside it.

Run it from the root of the repository: ``python -m tests.conformance.make_worked``.

The verdicts of a case come from the labels of the data (whether a number is the correct rounding of the 50-digit truth)
and from `by_hand`. The verifier is never asked: the cases are what it is tested by.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import chainrule as cr

from .by_hand import BY_HAND, UNREADABLE
from .documents import FIXTURES, with_claims, with_labels, write

FOLDER = FIXTURES / "worked"

#: The blocks of a case that are written one entry a line.
BLOCKS = ("claims", "leaves", "unreadable")

Example = Mapping[str, Any]
Case = dict[str, Any]


def files() -> Mapping[Path, bytes]:
    """Every document and case of fixtures/worked with its content; the same at each call."""
    return dict(pair for example in examples() for pair in _files(example))


def examples() -> list[Example]:
    """The published examples as they were collected."""
    return json.loads((FOLDER / "worked_examples.json").read_text("utf-8"))


def _files(example: Example) -> Iterator[tuple[Path, bytes]]:
    stem = example["name"].split(" (")[0].replace(".", "-").lower()
    case = _case(example, f"{stem}.cr.json")
    yield FOLDER / f"{stem}.case.json", _written(case)
    yield FOLDER / f"{stem}.cr.json", _document(example, case)


def _document(example: Example, case: Case) -> bytes:
    parsed = cr.parse("\n".join(example["steps"]), example["inputs"], output=example["output"])
    place = f"{example['source']}, {example['ref']}" if example["ref"] else example["source"]
    graph = with_labels(parsed, {}, {"title": example["name"], "source": place, "lang": example["language"]})
    return cr.dump(with_claims(graph, {address: claim["written"] for address, claim in case["claims"].items()}))


def _case(example: Example, document: str) -> Case:
    """What every printed number of an example must be judged to be, and why."""
    case: Case = {"name": example["name"], "document": document}
    case |= {field: example[field] for field in ("kind", "source", "ref", "language", "note")}
    claims = dict(_claims(example))
    refuted = any("refuted" in claim["global"] for claim in claims.values())
    case["verdict"] = ["refuted"] if refuted else ["proved", "consistent"]
    leaves = {address for address in claims if address.removesuffix(".value") in example["inputs"]}
    case["claims"] = {address: claim for address, claim in claims.items() if address not in leaves}
    case["leaves"] = {address: claims[address] for address in claims if address in leaves}
    case["unreadable"] = dict(_unreadable(example))
    return case


def _claims(example: Example) -> Iterator[tuple[str, dict[str, Any]]]:
    for address, label in _printed(example):
        if address not in UNREADABLE.get(example["name"], {}):
            numbers = {"printed": label["printed"], "written": _number(label["printed"]), "true": label["true"]}
            yield address, numbers | _expectation(example["name"], address, right=label["correctly_rounded"])


def _unreadable(example: Example) -> Iterator[tuple[str, dict[str, str]]]:
    reasons = UNREADABLE.get(example["name"], {})
    for address, label in _printed(example):
        if address in reasons:
            yield address, {"printed": label["printed"], "true": label["true"], "why": reasons[address]}


def _printed(example: Example) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for field in ("value", "grad"):
        for wire, label in example["verified"][f"{field}s"].items():
            yield f"{wire}.{field}", label


def _expectation(name: str, address: str, *, right: bool) -> dict[str, Any]:
    """Global: proved if the digits are the rounding of the truth, else refuted. Local: never refuted if right."""
    if right and address not in BY_HAND.get(name, {}):
        return {"cause": "right", "local": ["proved", "consistent"], "global": ["proved"], "reasons": []}
    judged = BY_HAND[name][address]
    verdicts = {"local": judged.local, "global": ["proved" if right else "refuted"]}
    return {"cause": judged.cause, **verdicts, "reasons": judged.reasons, "why": judged.why}


def _number(printed: str) -> str | float:
    """The number as a document states it. `28.` is how tensor libraries print the float 28: a machine number."""
    return float(printed) if printed.endswith(".") else printed


def _written(case: Case) -> bytes:
    lines = [f"{_json(field)}: {_block(part) if field in BLOCKS else _json(part)}" for field, part in case.items()]
    return ("{\n  " + ",\n  ".join(lines) + "\n}\n").encode()


def _block(entries: Mapping[str, Any]) -> str:
    lines = [f"{_json(address)}: {_json(entry)}" for address, entry in entries.items()]
    return "{\n    " + ",\n    ".join(lines) + "\n  }" if lines else "{}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    write(files())
