"""ONNX models as documents: normalised upward, constants folded, node by node (interop.md 8.1)."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ....schema import MissingExtra, Problem
from ..errors import InteropError
from ..importing import Conversion, Foreign, Importer
from ..lowering import Builder, Refusal, Wire, refuse
from . import families
from .calls import DECLARED, Node

for _family in sorted(module.name for module in iter_modules(families.__path__)):
    import_module(f"{families.__name__}.{_family}")

#: Every floating dtype of ONNX that a float64 holds exactly, and the others that documents have.
FLOATS = frozenset({"float16", "float32", "float64", "bfloat16"})
WHOLE = frozenset({"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"})

#: Bodies within bodies.
DEPTH = 8


def from_onnx(model: Any, *, values: Mapping[str, Any] | None = None, fold: bool = True) -> Conversion:
    """The document of an ONNX model: its bytes, or the model itself; `values` gives inputs by name.

    Floating inputs that are given keep their values; integers and truth values that are given are taken as settled.
    Everything is read as float64. Raises InteropError with everything that has no counterpart, MissingExtra without
    the package onnx.
    """
    onnx = _package()
    loaded = onnx.load_from_string(model) if isinstance(model, bytes) else model
    return _Reading(onnx, _newest(onnx, loaded), values or {}, fold=fold).conversion()


def _package() -> Any:
    try:
        return import_module("onnx")
    except ModuleNotFoundError:
        raise MissingExtra("ONNX models are read by the package onnx: pip install 'chainrule[onnx]'") from None


def _newest(onnx: Any, model: Any) -> Any:
    """The model at the newest op set that the installed package knows."""
    newest = onnx.defs.onnx_opset_version()
    version = next((opset.version for opset in model.opset_import if opset.domain in ("", "ai.onnx")), newest)
    if version > newest:
        raise _malformed(f"the model is of op set {version}; the installed package knows {newest} and earlier")
    if version == newest:
        return model
    converter = import_module("onnx.version_converter")
    try:
        return converter.convert_version(model, newest)
    except Exception as error:
        raise _malformed(f"the model does not convert from op set {version} to {newest}: {error}") from None


def _malformed(why: str) -> InteropError:
    return InteropError((Problem(code="import.malformed", at="", message=why),))


class _Reading:
    """One model: names of its values -> wires."""

    def __init__(self, onnx: Any, model: Any, values: Mapping[str, Any], *, fold: bool) -> None:
        self.onnx, self.model, self.values = onnx, model, values
        self.opset = onnx.defs.onnx_opset_version()
        self.importer = Importer(self._call, folds=fold)
        self.functions = {(function.domain, function.name): function for function in model.functions}

    def conversion(self) -> Conversion:
        graph = self.model.graph
        wires = self._leaves(graph)
        self._walk(graph, wires)
        outputs = [wires.get(output.name) for output in graph.output]
        floating = [wire for wire in outputs if wire is not None and wire.floats]
        if not floating and not self.importer.refused:
            raise _malformed("the model has no floating output")
        unique = list({id(wire): wire for wire in floating}.values())
        meta = {"generator": f"onnx {self.onnx.__version__}, op set {self.opset}"}
        return self.importer.document([(wire, None) for wire in unique], meta=meta)

    def _leaves(self, graph: Any) -> dict[str, Wire]:
        wires: dict[str, Wire] = {}
        held = {tensor.name: self._array(tensor) for tensor in graph.initializer}
        for tensor in graph.initializer:
            kind = "param" if held[tensor.name].dtype.kind == "f" else "const"
            wires[tensor.name] = self.importer.leaf(Foreign(tensor.name, kind), held[tensor.name], kind=kind)
        for value in graph.input:
            if value.name not in held:
                wires[value.name] = self._input(value)
        return wires

    def _input(self, value: Any) -> Wire:
        node = Foreign(value.name, "input")
        if value.name in self.values:
            return self.importer.leaf(node, as_numbers(self.values[value.name]), kind="input")
        tensor = value.type.tensor_type
        shape = [dim.dim_value if dim.HasField("dim_value") else None for dim in tensor.shape.dim]
        if None in shape:
            raise _malformed(f"input {value.name} has an open dimension: give it a value")
        dtype = _dtype(self.onnx, tensor.elem_type)
        known = cast(tuple[int, ...], tuple(shape))
        return self.importer.leaf(node, None, kind="input", shape=known, dtype=dtype)

    def _walk(self, graph: Any, wires: dict[str, Wire]) -> None:
        read = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
        for place, node in enumerate(graph.node):
            self._node(node, place, read, wires)

    def _node(self, node: Any, place: int, read: set[str], wires: dict[str, Wire]) -> None:
        if any(name and name not in wires for name in node.input):
            return  # what it reads has no counterpart, and was told of
        described = self._described(node, read, wires)
        name = node.name or (node.output[0] if node.output else f"{node.op_type}_{place}")
        kept = [name for name in node.output if name]
        foreign = Foreign(kept[0] if len(kept) == 1 else name, node.op_type, (described, node))
        found = self.importer.node(foreign)
        parts: Sequence[Wire | None] = [found] if isinstance(found, Wire) else found or []
        for output, wire in zip(node.output, parts, strict=False):
            if output and wire is not None:
                single = isinstance(found, Wire)
                wires[output] = (
                    wire if single else cast(Wire, self.importer.part(Foreign(output, node.op_type), [wire], 0))
                )

    def _described(self, node: Any, read: set[str], wires: Mapping[str, Wire]) -> Node:
        return Node(
            node.op_type,
            [wires[name] if name else None for name in node.input],
            {attribute.name: self._attribute(node, attribute) for attribute in node.attribute},
            [bool(name) and name in read for name in node.output],
        )

    def _attribute(self, node: Any, attribute: Any) -> Any:
        value = self.onnx.helper.get_attribute_value(attribute)
        if attribute.type == self.onnx.AttributeProto.TENSOR:
            return self._array(value)
        if isinstance(value, bytes):
            return value.decode("utf-8", "replace")
        if attribute.type == self.onnx.AttributeProto.STRINGS:
            return [text.decode("utf-8", "replace") for text in value]
        if attribute.name in ("to", "dtype") and node.op_type in ("Cast", "EyeLike"):
            return _dtype(self.onnx, value)
        return list(value) if attribute.type in _LISTS(self.onnx) else value

    def _array(self, tensor: Any) -> NDArray[Any]:
        if tensor.external_data:
            problem = Problem(code="import.external", at="", message=f"{tensor.name} stands in another file")
            raise InteropError((problem,))
        return as_numbers(self.onnx.numpy_helper.to_array(tensor))

    # --- calls ---------------------------------------------------------------------------------------------------

    def _call(self, g: Builder, op: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """A node by the table, else through its body."""
        described, proto = args
        if op == "If":
            return self._branch(g, described, proto)
        own = self.functions.get((proto.domain, op))
        if own is None and proto.domain in ("", "ai.onnx") and op in DECLARED:
            try:
                return DECLARED[op](g, described)
            except Refusal as refusal:
                return self._opened(g, described, proto, own, refusal.why)
        return self._opened(g, described, proto, own, f"{op}: there is no op for it")

    def _opened(self, g: Builder, described: Node, proto: Any, own: Any, why: str) -> Any:
        """The node's own body, between its operands."""
        body = own or self._body(proto, described)
        if body is None:
            refuse(why)
        attrs = {attribute.name: attribute for attribute in [*body.attribute_proto, *proto.attribute]}
        wires: dict[str, Wire] = {
            name: wire for name, wire in zip(body.input, described.operands, strict=False) if wire is not None
        }
        inner = _Body(self, g, attrs)
        inner.walk(body.node, wires, set(body.output))
        outputs = [wires.get(name) for name in body.output]
        return outputs if len(outputs) > 1 else outputs[0]

    def _body(self, proto: Any, described: Node) -> Any:
        """The body that ONNX gives the operator, also where it depends on types."""
        if proto.domain not in ("", "ai.onnx") or not self.onnx.defs.has(proto.op_type, proto.domain):
            return None
        schema = self.onnx.defs.get_schema(proto.op_type, self.opset, proto.domain)
        if schema.has_context_dependent_function:
            types = [self._type(wire).SerializeToString() if wire else b"" for wire in described.operands]
            text = schema.get_context_dependent_function(proto.SerializeToString(), types)
            return self.onnx.FunctionProto.FromString(text) if text else None
        return schema.function_body if schema.has_function else None

    def _type(self, wire: Wire) -> Any:
        code = {"float64": "DOUBLE", "int64": "INT64", "int32": "INT32", "bool": "BOOL"}[wire.dtype]
        return self.onnx.helper.make_tensor_type_proto(getattr(self.onnx.TensorProto, code), wire.shape)

    def _branch(self, g: Builder, described: Node, proto: Any) -> Any:
        condition = described.numbers(0)
        assert condition is not None
        name = "then_branch" if bool(np.ravel(condition)[0]) else "else_branch"
        graph = described.attrs[name]
        wires: dict[str, Wire] = {tensor.name: g.constant(self._array(tensor)) for tensor in graph.initializer}
        _Body(self, g, {}).walk(graph.node, wires, {output.name for output in graph.output})
        outputs = [wires.get(output.name) for output in graph.output]
        return outputs if len(outputs) > 1 else outputs[0]


class _Body:
    """Nodes inside a node: they get no names of their own."""

    def __init__(self, reading: _Reading, g: Builder, attrs: Mapping[str, Any], depth: int = 0) -> None:
        self.reading, self.g, self.attrs, self.depth = reading, g, attrs, depth

    def walk(self, nodes: Sequence[Any], wires: dict[str, Wire], outputs: set[str]) -> None:
        """Lower every node between these wires; Refusal if one has no counterpart."""
        read = {name for node in nodes for name in node.input} | outputs
        for node in nodes:
            bound = self._bound(node)
            if any(name and name not in wires for name in bound.input):
                refuse(f"{node.op_type} of an operand that is absent")
            described = self.reading._described(bound, read, wires)  # pyright: ignore[reportPrivateUsage]
            found = self.reading._call(self.g, node.op_type, (described, bound), {})  # pyright: ignore[reportPrivateUsage]
            parts: list[Wire | None] = list(cast(Any, found)) if isinstance(found, (list, tuple)) else [found]
            wires.update((name, wire) for name, wire in zip(node.output, parts, strict=False) if name and wire)

    def _bound(self, node: Any) -> Any:
        """The node with the attributes that refer to those of the function filled in; absent ones go."""
        bound = type(node)()
        bound.CopyFrom(node)
        del bound.attribute[:]
        bound.attribute.extend(self._filled(node))
        return bound

    def _filled(self, node: Any) -> Iterator[Any]:
        for attribute in node.attribute:
            if not attribute.ref_attr_name:
                yield attribute
            elif attribute.ref_attr_name in self.attrs:
                found = type(attribute)()
                found.CopyFrom(self.attrs[attribute.ref_attr_name])
                found.name = attribute.name
                yield found


def as_numbers(value: Any) -> NDArray[Any]:
    """Numbers as documents hold them: floats as float64, integers as int64."""
    array = np.asarray(value)
    name = str(array.dtype)
    if name in FLOATS:
        return array.astype(np.float64)
    if name in WHOLE:
        return array.astype(np.int64)
    if name != "bool":
        raise _malformed(f"numbers of dtype {name}")
    return array


def _dtype(onnx: Any, code: int) -> str:
    """The dtype under which a document reads an element type of ONNX."""
    name = str(onnx.helper.tensor_dtype_to_np_dtype(code))
    return "float64" if name in FLOATS else "int64" if name in WHOLE else name


def _LISTS(onnx: Any) -> tuple[int, ...]:  # noqa: N802 - a constant that needs the package
    kinds = onnx.AttributeProto
    return kinds.INTS, kinds.FLOATS
