#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/support/golden/*.safetensors: what PyTorch computes, in float64, for tests/catalog/tst_golden_*.cpp.

    make_golden.py [FOLDER]         needs torch, numpy and safetensors

Inputs are float32 numbers, so that a float32 run starts from the same ones. A file's metadata holds its cases as JSON.
A case of ops has `program`, the text of a program; its tensors are NAME/in/INPUT, NAME/out/OUTPUT, NAME/seed/OUTPUT
(the gradient that comes from above) and NAME/grad/INPUT. A case of a layer has `kind`, `params` and `mode`; its tensors
are NAME/in/PORT, NAME/state/STATE, NAME/out/PORT, NAME/seed/PORT, NAME/grad/in.PORT, NAME/grad/state.STATE and, for
states that the step itself changes, NAME/final/STATE. A case of an optimizer has `settings`; its tensors are
NAME/start/PARAMETER, and for each step along the first axis NAME/grad/PARAMETER and NAME/after/PARAMETER.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.numpy import save

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


class Group:
    """One file."""

    def __init__(self, name, seed):
        self.name, self.rng, self.tensors, self.cases = name, np.random.default_rng(seed), {}, []

    def normal(self, *shape, scale=1.0):
        return (scale * self.rng.standard_normal(shape)).astype(np.float32).astype(np.float64)

    def uniform(self, low, high, *shape):
        return self.rng.uniform(low, high, shape).astype(np.float32).astype(np.float64)

    def away(self, *shape, kinks=(0,), gap=0.05):
        """Normal, no number within `gap` of a kink, where one-sided gradients differ."""
        x = self.normal(*shape, scale=2)
        for kink in kinks:
            x = np.where(np.abs(x - kink) < gap, x + 3 * gap, x)
        return x.astype(np.float32).astype(np.float64)

    def index(self, bound, *shape):
        return self.rng.integers(0, bound, shape)

    def put(self, name, value):
        if isinstance(value, torch.Tensor):
            value = value.detach().numpy()
        self.tensors[name] = np.array(value, order="C")

    def op(self, name, lines, inputs, reference, constant=()):
        """`reference` takes the inputs as tensors by name and gives outputs by name; `constant` inputs get no gradient."""
        tensors = {k: torch.tensor(v) for k, v in inputs.items()}
        for key, t in tensors.items():
            t.requires_grad_(t.is_floating_point() and key not in constant)
        outputs = reference(**tensors)
        if not isinstance(outputs, dict):
            outputs = {"y": outputs}
        head = [f"input {k} : {str(t.dtype)[6:]}{list(t.shape)}" for k, t in tensors.items()]
        tail = [f"output {k} = {k}" for k in outputs]
        self.cases.append({"name": name, "program": "\n".join(head + [lines] + tail) + "\n"})
        for key, t in tensors.items():
            self.put(f"{name}/in/{key}", t)
        seeds = {k: torch.tensor(self.normal(*y.shape)) for k, y in outputs.items()}
        for key, y in outputs.items():
            self.put(f"{name}/out/{key}", y)
            self.put(f"{name}/seed/{key}", seeds[key])
        wanted = {k: t for k, t in tensors.items() if t.requires_grad}
        if wanted:
            gradients = torch.autograd.grad(list(outputs.values()), list(wanted.values()), list(seeds.values()))
            for key, g in zip(wanted, gradients):
                self.put(f"{name}/grad/{key}", g)

    def layer(self, name, kind, params, inputs, module, states=(), running=(), output="y", mode="train"):
        """`module` is called with the inputs in order; `states` and `running` are (our name, its parameter or buffer)."""
        module.train(mode == "train")
        tensors = {k: torch.tensor(v) for k, v in inputs.items()}
        with torch.no_grad():
            for state, p in states:
                p.copy_(torch.tensor(self.normal(*p.shape, scale=0.7)))
                self.put(f"{name}/state/{state}", p.clone())
            for state, p in running:
                p.copy_(torch.tensor(self.uniform(0.3, 2, *p.shape)))
                self.put(f"{name}/state/{state}", p.clone())
        for t in tensors.values():
            t.requires_grad_(t.is_floating_point())
        for key, t in tensors.items():
            self.put(f"{name}/in/{key}", t)
        y = module(*tensors.values())
        seed = torch.tensor(self.normal(*y.shape))
        self.put(f"{name}/out/{output}", y)
        self.put(f"{name}/seed/{output}", seed)
        wanted = {f"in.{k}": t for k, t in tensors.items() if t.requires_grad} | {f"state.{k}": p for k, p in states}
        gradients = torch.autograd.grad([y], list(wanted.values()), [seed], allow_unused=True)
        for (key, t), gradient in zip(wanted.items(), gradients):
            self.put(f"{name}/grad/{key}", torch.zeros_like(t) if gradient is None else gradient)
        for state, p in running:
            self.put(f"{name}/final/{state}", p)
        self.cases.append({"name": name, "kind": kind, "params": params, "mode": mode})

    def write(self, folder):
        path = folder / f"{self.name}.safetensors"
        path.write_bytes(save(self.tensors, {"cases": json.dumps(self.cases)}))
        print(f"{path}: {len(self.cases)} cases, {path.stat().st_size} bytes")


def activations():
    g = Group("activations", 1)
    unary = {
        "sigmoid": torch.sigmoid, "tanh": torch.tanh, "softplus": F.softplus, "silu": F.silu, "mish": F.mish,
        "erf": torch.erf, "expm1": torch.expm1, "sin": torch.sin, "cos": torch.cos, "exp": torch.exp,
        "gelu": F.gelu,
    }
    for name, f in unary.items():
        g.op(name, f"y = {name}(x)", {"x": g.normal(3, 7, scale=2)}, lambda x, f=f: f(x))
    kinked = {"relu": (F.relu, (0,)), "abs": (torch.abs, (0,)), "selu": (F.selu, (0,)),
              "hardswish": (F.hardswish, (-3, 3)), "elu": (F.elu, (0,)), "leaky_relu": (F.leaky_relu, (0,))}
    for name, (f, kinks) in kinked.items():
        g.op(name, f"y = {name}(x)", {"x": g.away(3, 7, kinks=kinks)}, lambda x, f=f: f(x))
    g.op("gelu tanh", "y = gelu(x; approximate=true)", {"x": g.normal(3, 7, scale=2)},
         lambda x: F.gelu(x, approximate="tanh"))
    g.op("leaky_relu 0.3", "y = leaky_relu(x; negative_slope=0.3)", {"x": g.away(3, 7)}, lambda x: F.leaky_relu(x, 0.3))
    g.op("elu 0.7", "y = elu(x; alpha=0.7)", {"x": g.away(3, 7)}, lambda x: F.elu(x, 0.7))
    g.op("relu6", "y = clip(x; minimum=0.0, maximum=6.0)", {"x": 3 * g.away(3, 7, kinks=(0, 2))},
         lambda x: F.relu6(x))
    g.op("log", "y = log(x)", {"x": g.uniform(0.2, 3, 3, 7)}, lambda x: torch.log(x))
    g.op("log1p", "y = log1p(x)", {"x": g.uniform(-0.5, 3, 3, 7)}, lambda x: torch.log1p(x))
    g.op("pow", "y = pow(x, e)", {"x": g.uniform(0.2, 3, 3, 7), "e": g.normal(7)}, lambda x, e: torch.pow(x, e))
    for axis in (-1, 1, 0):
        g.op(f"softmax {axis}", f"y = softmax(x; axis={axis})", {"x": g.normal(3, 5, 4, scale=3)},
             lambda x, axis=axis: torch.softmax(x, axis))
        g.op(f"log_softmax {axis}", f"y = log_softmax(x; axis={axis})", {"x": g.normal(3, 5, 4, scale=3)},
             lambda x, axis=axis: torch.log_softmax(x, axis))
    g.op("softmax of large", "y = softmax(x)", {"x": 200 * g.normal(2, 5)}, lambda x: torch.softmax(x, -1))
    g.op("log_sum_exp", "y = log_sum_exp(x)", {"x": 100 * g.normal(3, 5)}, lambda x: torch.logsumexp(x, -1))
    return g


def arithmetic():
    g = Group("arithmetic", 9)
    binary = {"add": torch.add, "sub": torch.sub, "mul": torch.mul, "maximum": torch.maximum, "minimum": torch.minimum}
    for name, f in binary.items():
        g.op(name, f"y = {name}(a, b)", {"a": g.normal(2, 3, 1), "b": g.normal(3, 4)}, lambda a, b, f=f: f(a, b))
    g.op("ties", "y = maximum(a, minimum(a, b))", {"a": np.array([1.0, 2, 3]), "b": np.array([1.0, 3, 2])},
         lambda a, b: torch.maximum(a, torch.minimum(a, b)))
    g.op("div", "y = div(a, b)", {"a": g.normal(4), "b": g.uniform(0.3, 2, 3, 1)}, lambda a, b: a / b)
    g.op("mod", "y = mod(a, b)", {"a": 4 * g.normal(3, 4), "b": g.away(4, gap=0.3)}, lambda a, b: torch.remainder(a, b))
    g.op("where", "y = where(greater(a, b), a, b)", {"a": g.normal(3, 4), "b": g.normal(4)},
         lambda a, b: torch.where(a > b, a, b))
    for name, f in {"sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal}.items():
        g.op(name, f"y = {name}(x)", {"x": g.uniform(0.2, 3, 3, 5)}, lambda x, f=f: f(x))
    for name, f in {"square": torch.square, "neg": torch.neg}.items():
        g.op(name, f"y = {name}(x)", {"x": g.normal(3, 5)}, lambda x, f=f: f(x))
    x = g.normal(3, 4, 2)
    g.op("reduce_sum", "y = reduce_sum(x; axes=(0, -1))", {"x": x}, lambda x: x.sum((0, 2)))
    g.op("reduce_mean", "y = reduce_mean(x; axes=(1), keepdims=true)", {"x": x}, lambda x: x.mean(1, True))
    g.op("reduce_max", "y = reduce_max(x; axes=(1))", {"x": x}, lambda x: x.amax(1))
    g.op("reduce_min", "y = reduce_min(x)", {"x": x}, lambda x: x.amin())
    g.op("reduce_max of ties", "y = reduce_max(x; axes=(1))", {"x": np.array([[1.0, 2, 2], [3, 3, 3]])},
         lambda x: x.amax(1))
    g.op("reduce_prod", "y = reduce_prod(x; axes=(1))",
         {"x": np.array([[1.5, -2, 3], [0, 2, 5], [0, 3, 0]])}, lambda x: x.prod(1))
    g.op("transpose", "y = transpose(x; permutation=(2, 0, 1))", {"x": x}, lambda x: x.permute(2, 0, 1))
    g.op("concat", "y = concat(x, z; axis=1)", {"x": x, "z": g.normal(3, 1, 2)}, lambda x, z: torch.cat([x, z], 1))
    g.op("slice", "y = slice(x; axis=1, start=-3, length=[2], step=2)", {"x": x}, lambda x: x[:, 1::2])
    g.op("pad", "y = pad(x; before=(1, 0, 2), after=(0, 1, 0), value=0.5)", {"x": x},
         lambda x: F.pad(x, (2, 0, 0, 1, 1, 0), value=0.5))
    g.op("reverse", "y = reverse(x; axis=1)", {"x": x}, lambda x: x.flip(1))
    return g


def linear():
    g = Group("linear", 2)
    dense = "y = add(matmul(x, w; transpose_b=true), b)"
    for name, batch in (("dense", (5,)), ("dense, one sample", (1,)), ("dense over time", (2, 3))):
        g.op(name, dense, {"x": g.normal(*batch, 7), "w": g.normal(4, 7), "b": g.normal(4)},
             lambda x, w, b: F.linear(x, w, b))
    g.op("matmul, broadcast", "y = matmul(a, b)", {"a": g.normal(2, 1, 3, 5), "b": g.normal(4, 5, 2)},
         lambda a, b: torch.matmul(a, b))
    g.op("matmul, transposed", "y = matmul(a, b; transpose_a=true)", {"a": g.normal(5, 3), "b": g.normal(5, 4)},
         lambda a, b: a.T @ b)
    g.op("embedding", "y = embedding(table, index)", {"table": g.normal(6, 5), "index": g.index(6, 3, 4)},
         lambda table, index: F.embedding(index, table))
    sizes = ((1, 4, 3, 5), (2, 3, 1, 2), (3, 2, 6, 4))
    for n, t, i, h in sizes:
        inputs = {"x": g.normal(n, t, i), "h0": g.normal(n, h), "c0": g.normal(n, h), "w_ih": g.normal(4 * h, i, scale=0.5),
                  "w_hh": g.normal(4 * h, h, scale=0.5), "b": g.normal(4 * h, scale=0.5)}
        g.op(f"lstm {n}x{t}x{i}x{h}", "y, h_n, c_n, gates, cells = lstm(x, h0, c0, w_ih, w_hh, b)", inputs, lstm)
    return g


def lstm(x, h0, c0, w_ih, w_hh, b):
    y, h_n, c_n = torch.lstm(x, (h0[None], c0[None]), (w_ih, w_hh, b, torch.zeros_like(b)), True, 1, 0.0, False, False, True)
    return {"y": y, "h_n": h_n[0], "c_n": c_n[0]}


def convolutions():
    g = Group("convolutions", 3)
    table = [  # name, x, w, stride, padding, dilation, groups
        ("plain", (2, 3, 5, 4), (4, 3, 3, 2), (1, 1), (0, 0), (1, 1), 1),
        ("pointwise", (2, 5, 3, 7), (3, 5, 1, 1), (1, 1), (0, 0), (1, 1), 1),
        ("padding", (1, 2, 4, 6), (3, 2, 3, 3), (1, 1), (1, 2), (1, 1), 1),
        ("stride", (2, 2, 7, 6), (3, 2, 3, 3), (2, 3), (1, 0), (1, 1), 1),
        ("dilation", (1, 2, 7, 8), (2, 2, 3, 2), (1, 2), (1, 2), (2, 3), 1),
        ("groups", (2, 4, 5, 3), (6, 2, 3, 3), (1, 1), (1, 1), (1, 1), 2),
        ("depthwise", (2, 3, 5, 6), (3, 1, 3, 3), (2, 1), (1, 1), (1, 1), 3),
        ("large kernel", (1, 1, 9, 8), (2, 1, 5, 7), (2, 2), (2, 3), (1, 1), 1),
    ]
    for name, x, w, s, p, d, groups in table:
        attrs = f"stride={tuple(s)}, padding={(*p, *p)}, dilation={tuple(d)}, groups={groups}"
        lines = f"y = add(conv2d(x, w; {attrs}), reshape(b; shape=[{w[0]}, 1, 1]))"
        g.op(name, lines, {"x": g.normal(*x), "w": g.normal(*w), "b": g.normal(w[0])},
             lambda x, w, b, s=s, p=p, d=d, groups=groups: F.conv2d(x, w, b, s, p, d, groups))
    same = "y = conv2d(x, w; padding=(1, 0, 2, 1))"
    g.op("uneven padding", same, {"x": g.normal(2, 2, 5, 4), "w": g.normal(3, 2, 4, 2)},
         lambda x, w: F.conv2d(F.pad(x, (0, 1, 1, 2)), w))
    return g


def pools():
    g = Group("pools", 4)
    table = [  # name, x, kernel, stride, padding, ceil
        ("plain", (2, 3, 4, 6), (2, 2), (2, 2), (0, 0), False),
        ("overlap", (1, 2, 7, 6), (3, 2), (2, 1), (1, 1), False),
        ("remainder", (1, 2, 5, 7), (2, 3), (2, 2), (0, 0), False),
        ("ceil", (1, 2, 5, 8), (2, 3), (2, 2), (0, 1), True),
        ("global", (2, 5, 3, 4), (3, 4), (1, 1), (0, 0), False),
    ]
    for name, x, k, s, p, ceil in table:
        attrs = f"kernel_size={tuple(k)}, stride={tuple(s)}, padding={(*p, *p)}, ceil_mode={str(ceil).lower()}"
        distinct = g.rng.permutation(int(np.prod(x))).reshape(x) * 0.25 - 8
        g.op(f"max {name}", f"y, indices = max_pool2d(x; {attrs})", {"x": distinct},
             lambda x, k=k, s=s, p=p, ceil=ceil: F.max_pool2d(x, k, s, p, 1, ceil))
        for count in (True, False):
            g.op(f"average {name}, {'padding counted' if count else 'padding not counted'}",
                 f"y = avg_pool2d(x; {attrs}, count_include_pad={str(count).lower()})", {"x": g.normal(*x)},
                 lambda x, k=k, s=s, p=p, ceil=ceil, count=count: F.avg_pool2d(x, k, s, p, ceil, count))
    g.op("global average", "y = reduce_mean(x; axes=(2, 3))", {"x": g.normal(2, 3, 4, 5)},
         lambda x: F.adaptive_avg_pool2d(x, 1).flatten(1))
    return g


def norms():
    g = Group("norms", 5)
    for shape in ((6, 3), (2, 3, 4, 5), (4, 1, 3, 1), (3, 4, 5)):
        for eps in (1e-5, 0.1):
            inputs = {"x": 2 + g.normal(*shape), "scale": g.normal(shape[1]), "bias": g.normal(shape[1])}
            g.op(f"batch_norm {list(shape)} {eps:g}", f"y, mean, variance = batch_norm(x, scale, bias; eps={eps})", inputs,
                 lambda x, scale, bias, eps=eps: F.batch_norm(x, None, None, scale, bias, True, 0.1, eps))
    inputs = {"x": g.normal(3, 4, 2, 3), "scale": g.normal(4), "bias": g.normal(4), "mean": g.normal(4),
              "variance": g.uniform(0.2, 3, 4)}
    g.op("batch_norm_inference", "y = batch_norm_inference(x, scale, bias, mean, variance; eps=0.001)", inputs,
         lambda x, scale, bias, mean, variance: F.batch_norm(x, mean, variance, scale, bias, False, 0.1, 1e-3),
         constant=("mean", "variance"))
    for shape, over in (((5, 6), 1), ((2, 3, 7), 1), ((2, 3, 4), 2)):
        part = shape[-over:]
        inputs = {"x": 1 + g.normal(*shape), "scale": g.normal(*part), "bias": g.normal(*part)}
        g.op(f"layer_norm {list(shape)} over {over}", f"y, mean, rstd = layer_norm(x, scale, bias; axis={-over}, eps=1e-05)",
             inputs, lambda x, scale, bias, part=part: F.layer_norm(x, part, scale, bias, 1e-5))
    return g


def losses():
    """As the layers write them: in ops, the mean over all terms unless the name says otherwise."""
    g = Group("losses", 6)
    logits, index = lambda: g.normal(6, 5, scale=3), lambda: g.index(5, 6)
    g.op("cross-entropy of logits", "loss, p = softmax_cross_entropy(x, t)\ny = reduce_mean(loss)",
         {"x": logits(), "t": index()}, lambda x, t: F.cross_entropy(x, t))
    g.op("cross-entropy of logits, each", "y, p = softmax_cross_entropy(x, t)", {"x": logits(), "t": index()},
         lambda x, t: F.cross_entropy(x, t, reduction="none"))
    g.op("cross-entropy over time", "y, p = softmax_cross_entropy(x, t)", {"x": g.normal(2, 3, 4), "t": g.index(4, 2, 3)},
         lambda x, t: F.cross_entropy(x.transpose(1, 2), t, reduction="none"))
    g.op("cross-entropy of probabilities", "y = reduce_mean(neg(log(take_along(x, t))))",
         {"x": g.uniform(0.05, 0.95, 6, 5), "t": index()}, lambda x, t: F.nll_loss(torch.log(x), t))
    g.op("negative log-likelihood", "y = reduce_mean(neg(take_along(log_softmax(x), t)))", {"x": logits(), "t": index()},
         lambda x, t: F.nll_loss(F.log_softmax(x, -1), t))
    targets = lambda: g.rng.integers(0, 2, (6, 3)).astype(np.float64)
    g.op("binary cross-entropy",
         "y = reduce_mean(neg(add(mul(t, log(x)), mul(sub(1, t), log(sub(1, x))))))",
         {"x": g.uniform(0.05, 0.95, 6, 3), "t": targets()}, lambda x, t: F.binary_cross_entropy(x, t), constant=("t",))
    g.op("binary cross-entropy of logits", "y = reduce_mean(sub(softplus(x), mul(x, t)))",
         {"x": g.normal(6, 3, scale=3), "t": targets()}, lambda x, t: F.binary_cross_entropy_with_logits(x, t),
         constant=("t",))
    pair = lambda: {"x": g.normal(5, 4, scale=2), "t": g.normal(5, 4, scale=2)}
    g.op("mean squared error", "y = reduce_mean(square(sub(x, t)))", pair(), lambda x, t: F.mse_loss(x, t))
    g.op("sum of squares", "y = reduce_sum(square(sub(x, t)))", pair(), lambda x, t: F.mse_loss(x, t, reduction="sum"))
    g.op("mean absolute error", "y = reduce_mean(abs(sub(x, t)))", pair(), lambda x, t: F.l1_loss(x, t))
    return g


class Call(torch.nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.forward = function


class Picked(torch.nn.Module):
    """One of several outputs of a module."""

    def __init__(self, module, pick):
        super().__init__()
        self.module, self.pick = module, pick

    def forward(self, x):
        return self.pick(self.module(x))


def weights(module):
    return [(name, p) for name, p in module.named_parameters()]


def layers():
    g = Group("layers", 8)
    nn = torch.nn
    dense = nn.Linear(5, 4)
    g.layer("Dense", "Dense", {"out_features": 4}, {"x": g.normal(3, 5)}, dense, weights(dense))
    g.layer("Dense over time", "Dense", {"out_features": 4}, {"x": g.normal(2, 3, 5)}, dense, weights(dense))
    bare = nn.Linear(5, 2, bias=False)
    g.layer("Dense without bias", "Dense", {"out_features": 2, "bias": False}, {"x": g.normal(3, 5)}, bare, weights(bare))
    for name, params, x in [
        ("plain", dict(out_channels=3, kernel_size=(3, 2)), (2, 2, 5, 4)),
        ("all", dict(out_channels=4, kernel_size=(2, 3), stride=(2, 1), padding=(1, 2), dilation=(2, 1), groups=2),
         (1, 2, 7, 5)),
        ("without bias", dict(out_channels=2, kernel_size=(1, 1), bias=False), (2, 3, 2, 3)),
        ("same", dict(out_channels=2, kernel_size=(3, 4), padding="same"), (1, 2, 5, 6)),
    ]:
        conv = nn.Conv2d(x[1], **params)
        g.layer(f"Conv2D {name}", "Conv2D", params, {"x": g.normal(*x)}, conv, weights(conv))
    distinct = g.rng.permutation(2 * 5 * 7).reshape(1, 2, 5, 7) * 0.25 - 8
    for params in (dict(kernel_size=(2, 3)), dict(kernel_size=(3, 2), stride=(2, 1), padding=(1, 1), ceil_mode=True)):
        name = "by its size" if len(params) == 1 else "all"
        g.layer(f"MaxPool2D {name}", "MaxPool2D", params, {"x": distinct}, nn.MaxPool2d(**params))
        for counted in (True, False):
            both = params | {"count_include_pad": counted}
            g.layer(f"AvgPool2D {name}{'' if counted else ', padding not counted'}", "AvgPool2D", both,
                    {"x": g.normal(1, 2, 5, 7)}, nn.AvgPool2d(**both))
    g.layer("GlobalAvgPool", "GlobalAvgPool", {}, {"x": g.normal(2, 3, 4, 5)},
            nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(1)))
    for name, shape, make, params in [
        ("features", (6, 3), nn.BatchNorm1d, {}),
        ("images", (2, 3, 4, 5), nn.BatchNorm2d, {"eps": 1e-3, "momentum": 0.3}),
    ]:
        for mode in ("train", "evaluate"):
            norm = make(shape[1], **params)
            running = [("running_mean", norm.running_mean), ("running_var", norm.running_var)]
            g.layer(f"BatchNorm {name}, {mode}", "BatchNorm", params, {"x": 1 + g.normal(*shape)}, norm, weights(norm),
                    running, mode=mode)
    for start, shape in ((-1, (3, 6)), (-1, (2, 3, 5)), (-2, (2, 3, 4))):
        norm = nn.LayerNorm(shape[start:], eps=1e-4)
        g.layer(f"LayerNorm {start} of {len(shape)}", "LayerNorm", {"start_dim": start, "eps": 1e-4},
                {"x": 1 + g.normal(*shape)}, norm, weights(norm))
    for kind, module, params in [
        ("ReLU", nn.ReLU(), {}), ("Sigmoid", nn.Sigmoid(), {}), ("Tanh", nn.Tanh(), {}),
        ("LeakyReLU", nn.LeakyReLU(), {}), ("ELU", nn.ELU(0.7), {"alpha": 0.7}), ("SELU", nn.SELU(), {}),
        ("GELU", nn.GELU(), {}), ("GELU", nn.GELU("tanh"), {"approximate": "tanh"}), ("SiLU", nn.SiLU(), {}),
        ("Mish", nn.Mish(), {}), ("Hardswish", nn.Hardswish(), {}), ("Softplus", nn.Softplus(), {}),
        ("Softmax", nn.Softmax(-1), {}), ("Softmax", nn.Softmax(1), {"dim": 1}), ("LogSoftmax", nn.LogSoftmax(-1), {}),
    ]:
        name = " ".join([kind] + [f"{k} {v}" for k, v in params.items()])
        g.layer(name, kind, params, {"x": g.away(3, 4, 2, kinks=(-3, 0, 3))}, module)
    table = nn.Embedding(6, 4)
    g.layer("Embedding", "Embedding", {"num_embeddings": 6, "embedding_dim": 4}, {"x": g.index(6, 2, 3)}, table,
            weights(table))
    for name, shape, params in [
        ("plain", (2, 4, 3), dict(hidden_size=5)),
        ("without bias", (3, 2, 4), dict(hidden_size=2, bias=False)),
        ("two layers", (2, 3, 4), dict(hidden_size=3, num_layers=2)),
        ("both directions", (2, 4, 3), dict(hidden_size=2, bidirectional=True)),
    ]:
        lstm = nn.LSTM(shape[2], batch_first=True, **params)
        g.layer(f"LSTM {name}", "LSTM", params, {"x": g.normal(*shape)}, Picked(lstm, lambda out: out[0]), weights(lstm))
    lstm = nn.LSTM(3, 4, batch_first=True)
    g.layer("LSTM memory", "LSTM", {"hidden_size": 4}, {"x": g.normal(2, 3, 3)}, Picked(lstm, lambda out: out[1][1][0]),
            weights(lstm), output="c")
    layer_losses(g, nn)
    return g


def layer_losses(g, nn):
    def loss(name, kind, prediction, target, module, params=None):
        g.layer(name, kind, params or {}, {"prediction": prediction, "target": target}, module, output="loss")

    for reduction in ("mean", "sum"):
        params = {"reduction": reduction}
        loss(f"CrossEntropy {reduction}", "CrossEntropy", g.normal(6, 5, scale=3), g.index(5, 6),
             nn.CrossEntropyLoss(**params), params)
        loss(f"CrossEntropyProbabilities {reduction}", "CrossEntropyProbabilities", g.uniform(0.05, 0.95, 6, 5),
             g.index(5, 6), Call(lambda p, t, r=reduction: F.nll_loss(torch.log(p), t, reduction=r)), params)
        bits = lambda: g.rng.integers(0, 2, (6, 3))
        loss(f"BinaryCrossEntropyWithLogits {reduction}", "BinaryCrossEntropyWithLogits", g.normal(6, 3, scale=3), bits(),
             Call(lambda p, t, r=reduction: F.binary_cross_entropy_with_logits(p, t.double(), reduction=r)), params)
        loss(f"BinaryCrossEntropy {reduction}", "BinaryCrossEntropy", g.uniform(0.05, 0.95, 6, 3), bits(),
             Call(lambda p, t, r=reduction: F.binary_cross_entropy(p, t.double(), reduction=r)), params)
        for kind, module in (("MSE", nn.MSELoss(**params)), ("MAE", nn.L1Loss(**params)), ("Huber", nn.HuberLoss(**params))):
            loss(f"{kind} {reduction}", kind, g.normal(5, 4, scale=2), g.normal(5, 4, scale=2), module, params)
    loss("Huber with delta", "Huber", g.normal(5, 4), g.normal(5, 4), nn.HuberLoss(delta=0.4), {"delta": 0.4})
    loss("SumOfSquares", "SumOfSquares", g.normal(5, 4), g.normal(5, 4), nn.MSELoss(reduction="sum"))
    loss("CrossEntropy of images", "CrossEntropy", g.normal(2, 4, 3, 2), g.index(4, 2, 3, 2), nn.CrossEntropyLoss(),
         {"dim": 1})


OPTIMIZERS = [
    ("sgd", "SGD", {}),
    ("sgd momentum", "SGD", {"momentum": 0.9}),
    ("sgd nesterov", "SGD", {"momentum": 0.8, "nesterov": True}),
    ("sgd weight decay", "SGD", {"weight_decay": 0.05}),
    ("sgd everything", "SGD", {"momentum": 0.7, "nesterov": True, "weight_decay": 0.03}),
    ("adam", "Adam", {}),
    ("adam betas", "Adam", {"beta1": 0.7, "beta2": 0.95, "eps": 1e-4}),
    ("adam weight decay", "Adam", {"weight_decay": 0.05}),
    ("adamw", "AdamW", {"weight_decay": 0.1}),
    ("rmsprop", "RMSprop", {}),
    ("rmsprop momentum", "RMSprop", {"momentum": 0.9, "alpha": 0.9}),
    ("rmsprop centered", "RMSprop", {"centered": True, "eps": 1e-4}),
    ("rmsprop everything", "RMSprop", {"centered": True, "momentum": 0.5, "weight_decay": 0.02}),
    ("sgd clipped", "SGD", {"momentum": 0.9, "clip_norm": 1.5}),
    ("adam clipped", "Adam", {"clip_norm": 0.7}),
]
STEPS, RATE = 10, 0.0625


def torch_optimizer(kind, settings, parameters):
    known = {k: v for k, v in settings.items() if k not in ("clip_norm", "beta1", "beta2")}
    if kind in ("Adam", "AdamW"):
        known["betas"] = (settings.get("beta1", 0.9), settings.get("beta2", 0.999))
        known.setdefault("weight_decay", 0)
    return getattr(torch.optim, kind)(parameters, lr=RATE, **known)


def optimizers():
    g = Group("optimizers", 7)
    for name, kind, settings in OPTIMIZERS:
        parameters = {k: torch.nn.Parameter(torch.tensor(g.normal(*shape))) for k, shape in (("w", (3, 4)), ("b", (3,)))}
        optimizer = torch_optimizer(kind, settings, parameters.values())
        after, gradients = {k: [] for k in parameters}, {k: [] for k in parameters}
        for key, p in parameters.items():
            g.put(f"{name}/start/{key}", p.clone())
        for step in range(STEPS):
            for key, p in parameters.items():
                p.grad = torch.tensor(g.normal(*p.shape))
                gradients[key].append(p.grad.numpy().copy())
            if "clip_norm" in settings:
                torch.nn.utils.clip_grad_norm_(parameters.values(), settings["clip_norm"])
            optimizer.step()
            for key, p in parameters.items():
                after[key].append(p.detach().numpy().copy())
        for key in parameters:
            g.put(f"{name}/grad/{key}", np.stack(gradients[key]))
            g.put(f"{name}/after/{key}", np.stack(after[key]))
        g.cases.append({"name": name, "kind": kind, "rate": RATE, "settings": settings})
    return g


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent / "golden")
    folder.mkdir(parents=True, exist_ok=True)
    for make in (activations, arithmetic, linear, convolutions, pools, norms, losses, layers, optimizers):
        make().write(folder)


main()
