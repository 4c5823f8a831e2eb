"""The core starts without any extra, and a small verification loads nothing that it does not need."""

import json
import re
import subprocess
import sys

from .sources import ROOT, module_name, needs, pyproject, source_files

#: What `chainrule verify` on one small document must not load.
HEAVY = {"distributed", "fastapi", "jax", "networkx", "numba", "onnx", "sqlalchemy", "starlette", "torch", "uvicorn"}

IMPORT_WITHOUT = """
import sys, importlib

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {absent}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
for name in {names}:
    importlib.import_module(name)
"""

VERIFY_AND_TELL = """
import json, sys
sys.argv = ["chainrule", "verify", {path!r}]
from chainrule.service.cli import main
assert main() == 0
print(json.dumps(sorted({{name.split(".")[0] for name in sys.modules}})))
"""


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)


def extras() -> set[str]:
    """The import names of everything that an extra brings."""
    declared: dict[str, list[str]] = pyproject()["project"]["optional-dependencies"]
    names = (re.match(r"[\w-]+", line) for lines in declared.values() for line in lines)
    return {name.group().replace("-", "_") for name in names if name}


def test_every_module_imports_without_any_extra() -> None:
    absent = extras()
    assert {"numba", "fastapi", "onnx", "pytest"} <= absent
    names = [module_name(path) for path in source_files() if path.name != "__main__.py"]
    done = run(IMPORT_WITHOUT.format(absent=absent, names=names))
    assert done.returncode == 0, done.stderr


def test_an_absent_extra_is_really_absent_in_that_run() -> None:
    done = run(IMPORT_WITHOUT.format(absent={"pytest"}, names=["pytest"]))
    assert "No module named 'pytest'" in done.stderr


def test_verifying_the_neuron_loads_nothing_heavy() -> None:
    needs("service/cli/__init__.py", "fixtures/lecture")
    neuron = ROOT / "fixtures" / "lecture" / "sigmoid-neuron.printed.cr.json"
    done = run(VERIFY_AND_TELL.format(path=str(neuron)))
    assert done.returncode == 0, done.stderr
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"chainrule", "pydantic", "numpy"} <= loaded
    assert loaded & HEAVY == set()
