"""Writes fixtures/mutants.json, by which methods each wrong rule is caught: python -m tests.wrong.make_mutants"""

import json
from pathlib import Path

from .mutants import CASES, RULES, caught_by

MUTANTS_FILE = Path(__file__).parents[2] / "fixtures" / "mutants.json"


def written() -> str:
    """The file's text: op -> wrong rule -> methods, one wrong rule a line."""
    blocks: list[str] = []
    for name in RULES:
        lines = [f'    "{mutant.__name__}": {json.dumps(caught_by(op, mutant))}' for op, mutant in CASES if op == name]
        blocks.append(f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    MUTANTS_FILE.write_text(written(), encoding="utf-8")
