"""Adding an op touches two files: its family's, and its fixture. Tried in a copy, with an op of each kind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("schema", "engine", "service", "tests", "fixtures")

#: What is appended to the family's file.
BLOCKS = {
    "exponential": '''

@elementwise(pattern=Pattern.SCALER, error=Error(value=8, relative=8))
def cube(xp: Any, x: Any) -> Any:
    """x * x * x."""
    return x * x * x


@cube.gradient
def cube_gradient(xp: Any, out: Any, x: Any) -> Any:
    return 3 * x * x
''',
    "reduction": '''

@structured(pattern=Pattern.SCALER)
def reduce_squares(xp: Any, x: Any, *, axes: Ints | None = None, keepdims: Bool = False) -> Any:
    """The sum of squares."""
    return xp.sum(xp.mul(x, x), _axes(xp, x, axes), keepdims)


@reduce_squares.pullback
def reduce_squares_pullback(xp: Any, grad: Any, out: Any, x: Any, *, axes: Ints | None) -> Any:
    return xp.mul(xp.constant(2), xp.mul(_spread(xp, grad, x, axes), x))


@reduce_squares.shape
def reduce_squares_shape(x: Shape, *, axes: Ints | None, keepdims: Bool) -> Shape:
    return reduced_shape(x, axes_within(axes, len(x)), keepdims=keepdims)


reduce_squares.example((2, 3))
reduce_squares.example((2, 3), axes=[1], keepdims=True)
''',
    "loss": '''

@composite(pattern=Pattern.SCALER)
def half_squares(g: Board, x: Wire, y: Wire) -> Wire:
    """Half the mean of squared differences."""
    return g(div, g(reduce_mean, g(square, g(sub, x, y))), 2)


half_squares.example((2, 3), (2, 3))
''',
}

#: What is then tried, with the published op set (a generated file) written anew.
TRIED = """
import sys
from pathlib import Path
name, count = sys.argv[1], int(sys.argv[2])
from chainrule.engine.catalogue import ops, published_opset
Path("schema/published/1.0/opset-core-1.json").write_bytes(published_opset())
import chainrule as cr
from chainrule.engine.certification.certify import certification
from chainrule.engine.registry import OPS
from chainrule.schema import Graph, dump, read
rows = [{"id": f"x{k}", "op": "input", "value": [[1.5 + k, -2], [0.25, 3]]} for k in range(count)]
rows += [{"id": "y", "op": name, "inputs": [f"x{k}" for k in range(count)]}]
rows += [{"id": "f", "op": "reduce_sum", "inputs": ["y"]}]
made = cr.annotate(Graph.build(nodes=rows, outputs=[{"node": "f"}]))
assert set(cr.verify(read(dump(made))).verdict.values()) <= {"proved", "consistent"}, cr.verify(made)
made.nodes[0]["grad"][0][0] *= 1.01
assert cr.verify(made).verdict["global"] == "refuted"
assert [entry.name for entry in ops() if entry.name == name] == [name]
assert all(row.certified for row in certification([name], points=40, dtypes=("float64", "float32")))
from tests.conformance import make_ops, make_tensor_ops
maker = make_ops if OPS[name].elementwise else make_tensor_ops
Path(f"fixtures/ops/{name}.json").write_text(maker.written(OPS[name]))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "name", "operands"),
    [("exponential", "cube", 1), ("reduction", "reduce_squares", 1), ("loss", "half_squares", 2)],
    ids=["elementwise", "structured", "composite"],
)
def test_a_new_op_is_declared_in_its_family_and_has_a_fixture(
    family: str, name: str, operands: int, tmp_path: Path
) -> None:
    copy = tmp_path / "chainrule"
    copy.mkdir()
    shutil.copy(ROOT / "__init__.py", copy)
    for room in ROOMS:
        shutil.copytree(ROOT / room, copy / room, ignore=shutil.ignore_patterns("__pycache__"))
    path = copy / "engine" / "ops" / f"{family}.py"
    path.write_text(path.read_text("utf-8") + BLOCKS[family], encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", TRIED, name, str(operands)], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert _changed(copy) == {f"engine/ops/{family}.py", f"fixtures/ops/{name}.json", GENERATED}


GENERATED = "schema/published/1.0/opset-core-1.json"


def _changed(copy: Path) -> set[str]:
    files = [path for room in ROOMS for path in (copy / room).rglob("*") if path.is_file()]
    names = {path.relative_to(copy).as_posix(): path for path in files if "__pycache__" not in path.parts}
    return {
        name
        for name, path in names.items()
        if not (ROOT / name).exists() or (ROOT / name).read_bytes() != path.read_bytes()
    }
