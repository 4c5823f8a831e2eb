"""What a person waits for: `chainrule verify` on the neuron, against a Python that only imports the libraries."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from .pairs import paired
from .row import Row

NEURON = Path(__file__).resolve().parents[2] / "fixtures" / "lecture" / "sigmoid-neuron.printed.cr.json"


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """One process a task. `scale` changes nothing here."""
    program = "import sys; from chainrule.service.cli import main; sys.exit(main())"
    verify = [sys.executable, "-c", program, "verify", str(NEURON)]
    bare = [sys.executable, "-c", "import pydantic, numpy"]
    measured = paired(lambda: _silent(verify), lambda: _silent(bare), rounds=rounds)
    yield Row("command line", "chainrule verify, lecture's neuron", 1, {"python, core libraries imported": measured})


def _silent(command: list[str]) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
