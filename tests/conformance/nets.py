"""Seven networks of the usual kinds, small enough to be read: what `fixtures/nets` holds, with the engine's numbers."""

from collections.abc import Callable, Mapping

from chainrule.schema import Graph

from .drawing import Drawing


def mlp() -> Graph:
    """Two hidden layers and a cross entropy."""
    g = Drawing("mlp", "Multilayer perceptron 8-16-16-4, tanh and relu, cross entropy over a batch of 5")
    x = g.data("x", 5, 8)
    h = g.gate("h1", "tanh", g.linear("l1", x, 8, 16))
    h = g.gate("h2", "relu", g.linear("l2", h, 16, 16))
    scores = g.linear("l3", h, 16, 4)
    return g.graph(g.gate("loss", "softmax_cross_entropy", scores, g.labels("y", 0, 3, 1, 1, 2)))


def lenet() -> Graph:
    """Convolution, relu, pooling, twice; where relu gives zeros, pooling windows tie."""
    g = Drawing("lenet", "LeNet: two convolutions with relu and max pooling, two layers, cross entropy, batch of 2")
    x = g.data("x", 2, 1, 12, 12)
    c1 = g.gate("c1", "conv", x, g.leaf("c1.weight", 3, 1, 5, 5, size=0.3), g.leaf("c1.bias", 3, size=0.3))
    p1 = g.gate("p1", "max_pool", g.gate("r1", "relu", c1), kernel_shape=[2, 2], strides=[2, 2])
    c2 = g.gate("c2", "conv", p1, g.leaf("c2.weight", 4, 3, 3, 3, size=0.3), g.leaf("c2.bias", 4, size=0.3))
    p2 = g.gate("p2", "max_pool", g.gate("r2", "relu", c2), kernel_shape=[2, 2], strides=[1, 1])
    h = g.gate("h", "relu", g.linear("l1", g.gate("flat", "flatten", p2), 4, 8))
    return g.graph(g.gate("loss", "softmax_cross_entropy", g.linear("l2", h, 8, 3), g.labels("y", 2, 0)))


def transformer() -> Graph:
    """Attention of two heads and a feed-forward layer, each behind a normalisation and beside a shortcut."""
    g = Drawing("transformer", "Transformer encoder block, pre-norm, width 8, 2 heads, gelu; mean of squares")
    x = g.data("x", 2, 3, 8)
    n1 = g.gate("n1", "layer_normalization", x, g.leaf("n1.weight", 8), g.leaf("n1.bias", 8, size=0.3))
    heads: list[str] = []
    for name in ("q", "k", "v"):
        cut = g.gate(f"{name}.cut", "reshape", g.linear(name, n1, 8, 8), shape=[2, 3, 2, 4])
        heads.append(g.gate(f"{name}.heads", "transpose", cut, perm=[0, 2, 1, 3]))
    mixed = g.gate("mixed", "transpose", g.gate("attended", "attention", *heads), perm=[0, 2, 1, 3])
    out = g.linear("o", g.gate("joined", "reshape", mixed, shape=[2, 3, 8]), 8, 8)
    s1 = g.gate("s1", "add", x, out)
    n2 = g.gate("n2", "layer_normalization", s1, g.leaf("n2.weight", 8), g.leaf("n2.bias", 8, size=0.3))
    wide = g.gate("wide", "gelu", g.linear("f1", n2, 8, 12))
    y = g.gate("y", "add", s1, g.linear("f2", wide, 12, 8))
    return g.graph(g.gate("loss", "reduce_mean", g.gate("squares", "square", y)))


def gru_cell() -> Graph:
    """One step, and the sum of the new state's squares."""
    g = Drawing("gru_cell", "GRU cell, 5 inputs, 7 states, batch of 3; half the squares of the new state")
    state = g.gate("state", "gru_cell", g.data("x", 3, 5), g.data("h", 3, 7), *_cell(g, 3))
    return g.graph(_half_squares(g, state))


def lstm_cell() -> Graph:
    """One step, with both of its outputs in the objective."""
    g = Drawing("lstm_cell", "LSTM cell, 5 inputs, 7 states, batch of 3; half the squares of h, and the sum of c")
    cell = g.gate("cell", "lstm_cell", g.data("x", 3, 5), g.data("h", 3, 7), g.data("c", 3, 7), *_cell(g, 4))
    state, memory = g.gate("state", "get", cell, index=0), g.gate("memory", "get", cell, index=1)
    return g.graph(_half_squares(g, state), g.gate("sum", "reduce_sum", memory))


def vae() -> Graph:
    """Reconstruction and divergence, with the noise that was drawn."""
    g = Drawing("vae", "Variational autoencoder 12-8-3-8-12, given noise: negative evidence lower bound, batch of 4")
    x = g.gate("x01", "sigmoid", g.data("x", 4, 12, size=3.0))
    h = g.gate("h", "relu", g.linear("enc", x, 12, 8))
    mean, logvar = g.linear("mean", h, 8, 3), g.linear("logvar", h, 8, 3)
    half = g.constant("half", 0.5)
    spread = g.gate("spread", "exp", g.gate("halved", "mul", half, logvar))
    z = g.gate("z", "add", mean, g.gate("moved", "mul", spread, g.data("noise", 4, 3, size=2.0)))
    out = g.linear("out", g.gate("d", "relu", g.linear("dec", z, 3, 8)), 8, 12)
    rec = g.gate("rec", "binary_cross_entropy_with_logits", out, x, reduction="sum")
    inner = g.gate(
        "inner", "sub", g.gate("one_plus", "add", g.constant("one", 1), logvar), g.gate("m2", "square", mean)
    )
    terms = g.gate("terms", "sub", inner, g.gate("var", "exp", logvar))
    kl = g.gate("kl", "mul", g.constant("minus_half", -0.5), g.gate("kl_sum", "reduce_sum", terms))
    return g.graph(g.gate("loss", "add", rec, kl))


def residual() -> Graph:
    """Convolution, batch normalisation, twice, beside a shortcut."""
    g = Drawing("residual", "Residual block with batch normalisation in training, 3 channels of 4 x 4, batch of 2")
    x = g.data("x", 2, 3, 4, 4)
    h = g.gate("r1", "relu", _normalised(g, "1", x))
    s = g.gate("s", "add", _normalised(g, "2", h), x)
    pooled = g.gate("pooled", "global_average_pool", g.gate("r2", "relu", s))
    y = g.linear("l", g.gate("flat", "flatten", pooled), 3, 2)
    return g.graph(g.gate("loss", "mse_loss", y, g.data("target", 2, 2)))


def _cell(g: Drawing, gates: int) -> list[str]:
    rows = 7 * gates
    wx, wh = g.leaf("wx", rows, 5, size=0.4), g.leaf("wh", rows, 7, size=0.4)
    return [wx, wh, g.leaf("bx", rows, size=0.3), g.leaf("bh", rows, size=0.3)]


def _half_squares(g: Drawing, state: str) -> str:
    total = g.gate("total", "reduce_sum", g.gate("squares", "square", state))
    return g.gate("loss", "mul", g.constant("half", 0.5), total)


def _normalised(g: Drawing, k: str, x: str) -> str:
    conv = g.gate(f"c{k}", "conv", x, g.leaf(f"c{k}.weight", 3, 3, 3, 3, size=0.3), pads=[1, 1, 1, 1])
    scale, shift = g.leaf(f"b{k}.weight", 3), g.leaf(f"b{k}.bias", 3, size=0.3)
    return g.gate(f"b{k}", "batch_normalization_training", conv, scale, shift)


NETS: Mapping[str, Callable[[], Graph]] = {
    made.__name__: made for made in (mlp, lenet, transformer, gru_cell, lstm_cell, vae, residual)
}
