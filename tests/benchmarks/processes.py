"""`chainrule verify` of many documents by two processes, against one: the time that a person waits."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

import chainrule

from .circuits import document, wide
from .pairs import FULL_RUN, Task, paired, wall_seconds
from .row import Row

#: So many documents in a quick run, most of whose time goes into starting, and in a full one; and nodes of each.
QUICK, FULL, NODES = 4, 160, 200


def rows(*, rounds: int, scale: float) -> Iterator[Row]:
    """The start of the processes counts, and so does what other work leaves of the cores."""
    with TemporaryDirectory() as folder:
        count = max(4, int((FULL if rounds >= FULL_RUN else QUICK) * scale))
        for place in range(count):
            circuit = wide(max(20, int(NODES * scale)), seed=place, unary="tanh")
            chainrule.dump(chainrule.annotate(orjson.dumps(document(circuit))), Path(folder) / f"d{place}.cr.json")
        measured = paired(_judged(folder, 2), _judged(folder, 1), rounds=max(2, rounds // 4), seconds=wall_seconds)
    yield Row("two processes", f"verify, {count} documents of {NODES} nodes", count, {"one": measured}, speedup=True)


def _judged(folder: str, jobs: int) -> Task:
    program = "import sys; from chainrule.service.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "verify", folder, "--jobs", str(jobs)]

    def task() -> None:
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    return task
