"""The networks of `nets.py` as people write them in torch: the loss as a function of the leaves, by their ids."""

from collections.abc import Callable, Mapping
from typing import Any

Leaves = Mapping[str, Any]


def mlp(torch: Any, v: Leaves) -> Any:
    nn = torch.nn.functional
    h = torch.tanh(_linear(torch, v, "l1", v["x"]))
    h = torch.relu(_linear(torch, v, "l2", h))
    return nn.cross_entropy(_linear(torch, v, "l3", h), v["y"])


def lenet(torch: Any, v: Leaves) -> Any:
    nn = torch.nn.functional
    h = nn.max_pool2d(torch.relu(nn.conv2d(v["x"], v["c1.weight"], v["c1.bias"])), 2, 2)
    h = nn.max_pool2d(torch.relu(nn.conv2d(h, v["c2.weight"], v["c2.bias"])), 2, 1)
    h = torch.relu(_linear(torch, v, "l1", h.flatten(1)))
    return nn.cross_entropy(_linear(torch, v, "l2", h), v["y"])


def transformer(torch: Any, v: Leaves) -> Any:
    nn = torch.nn.functional
    n1 = nn.layer_norm(v["x"], (8,), v["n1.weight"], v["n1.bias"])
    q, k, w = (_linear(torch, v, name, n1).view(2, 3, 2, 4).transpose(1, 2) for name in "qkv")
    mixed = nn.scaled_dot_product_attention(q, k, w).transpose(1, 2).reshape(2, 3, 8)
    s1 = v["x"] + _linear(torch, v, "o", mixed)
    n2 = nn.layer_norm(s1, (8,), v["n2.weight"], v["n2.bias"])
    y = s1 + _linear(torch, v, "f2", nn.gelu(_linear(torch, v, "f1", n2)))
    return (y**2).mean()


def gru_cell(torch: Any, v: Leaves) -> Any:
    cell = _with_weights(torch, torch.nn.GRUCell(5, 7), v)
    return (cell(v["x"], v["h"]) ** 2).sum() / 2


def lstm_cell(torch: Any, v: Leaves) -> Any:
    state, memory = _with_weights(torch, torch.nn.LSTMCell(5, 7), v)(v["x"], (v["h"], v["c"]))
    return (state**2).sum() / 2 + memory.sum()


def vae(torch: Any, v: Leaves) -> Any:
    nn, x = torch.nn.functional, torch.sigmoid(v["x"])
    h = torch.relu(_linear(torch, v, "enc", x))
    mean, logvar = _linear(torch, v, "mean", h), _linear(torch, v, "logvar", h)
    z = mean + torch.exp(0.5 * logvar) * v["noise"]
    out = _linear(torch, v, "out", torch.relu(_linear(torch, v, "dec", z)))
    rec = nn.binary_cross_entropy_with_logits(out, x, reduction="sum")
    return rec - 0.5 * torch.sum(1 + logvar - mean**2 - logvar.exp())


def residual(torch: Any, v: Leaves) -> Any:
    nn = torch.nn.functional

    def normalised(k: str, x: Any) -> Any:
        conv = nn.conv2d(x, v[f"c{k}.weight"], padding=1)
        return nn.batch_norm(conv, None, None, v[f"b{k}.weight"], v[f"b{k}.bias"], training=True)

    s = normalised("2", torch.relu(normalised("1", v["x"]))) + v["x"]
    return nn.mse_loss(_linear(torch, v, "l", torch.relu(s).mean((2, 3))), v["target"])


def _linear(torch: Any, v: Leaves, name: str, x: Any) -> Any:
    return torch.nn.functional.linear(x, v[f"{name}.weight"], v[f"{name}.bias"])


def _with_weights(torch: Any, cell: Any, v: Leaves) -> Callable[..., Any]:
    """The module with the leaves in place of its parameters, so that gradients reach the leaves."""
    names = {"weight_ih": "wx", "weight_hh": "wh", "bias_ih": "bx", "bias_hh": "bh"}
    weights = {inner: v[ours] for inner, ours in names.items()}

    def called(*operands: Any) -> Any:
        return torch.func.functional_call(cell, weights, operands)

    return called


TWINS: Mapping[str, Callable[[Any, Leaves], Any]] = {
    made.__name__: made for made in (mlp, lenet, transformer, gru_cell, lstm_cell, vae, residual)
}
