"""`python -m tests.benchmarks [--quick] [--json FILE]`, from the root of the repository."""

import argparse
import sys
from pathlib import Path

import orjson

from . import (
    alone,  # noqa: F401 first: one thread
    checking,
    command_line,
    grading,
    loading,
    passes,
    processes,
    small,
    tensors,
    verifying,
)
from .tables import markdown, record

SUITES = {
    "checking": checking.rows,
    "command-line": command_line.rows,
    "grading": grading.rows,
    "loading": loading.rows,
    "passes": passes.rows,
    "processes": processes.rows,
    "small": small.rows,
    "tensors": tensors.rows,
    "verifying": verifying.rows,
}


def main() -> None:
    """Measure the chosen suites one after the other and print their tables."""
    options = _options()
    rounds = options.rounds or (3 if options.quick else 21)
    measured = []
    for name in options.only or SUITES:
        print(f"measuring {name}", file=sys.stderr)
        measured.extend(SUITES[name](rounds=rounds, scale=options.scale))
    print(markdown(measured))
    if options.json:
        options.json.write_bytes(orjson.dumps(record(measured), option=orjson.OPT_INDENT_2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="3 rounds instead of 21, and smaller sizes")
    parser.add_argument("--rounds", type=int, help="that many rounds, at least 2")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the sizes; below 1 only to try the suite")
    parser.add_argument("--only", nargs="+", choices=SUITES, help="some of the suites")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything that was measured")
    return parser.parse_args()


main()
