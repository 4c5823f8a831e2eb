"""Writes fixtures/tensor_mutants.json, what catches each wrong pullback: python -m tests.wrong.make_tensor_mutants"""

import json
from pathlib import Path

from .tensor_mutants import cases, caught_by

TENSOR_MUTANTS_FILE = Path(__file__).parents[2] / "fixtures" / "tensor_mutants.json"


def written() -> str:
    """The file's text: op -> wrong pullback -> what catches it, one wrong pullback a line."""
    blocks: list[str] = []
    for name in dict.fromkeys(op for op, _ in cases()):
        lines = [
            f'    "{mutant.__name__}": {json.dumps(caught_by(op, mutant))}' for op, mutant in cases() if op == name
        ]
        blocks.append(f'  "{name}": {{\n' + ",\n".join(lines) + "\n  }")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    TENSOR_MUTANTS_FILE.write_text(written(), encoding="utf-8")
