#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/engine/ops/data/torch_ops.safetensors: what PyTorch computes for the cases of tst_heavy_ops_peer.cpp.

    make_op_goldens.py FOLDER        writes FOLDER/torch_ops.safetensors

For each case NAME: its inputs NAME/in0, ...; its outputs NAME/out0, ... (those that PyTorch gives); the gradients
NAME/seed0, ... of the outputs; and the gradients NAME/grad0, ... of the inputs that follow from them.
"""
import pathlib
import sys

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

torch.manual_seed(20)
torch.set_default_dtype(torch.float64)
golden = {}


def keep(name, kind, index, tensor):
    golden[f"{name}/{kind}{index}"] = tensor.detach().clone().contiguous()


def case(name, inputs, function):
    """Runs `function` (a tuple of outputs, None where ours has one that PyTorch does not give) and its gradients."""
    inputs = [i.clone().requires_grad_(i.is_floating_point()) for i in inputs]
    outputs = function(*inputs)
    total = torch.zeros(())
    for k, out in enumerate(outputs):
        if out is None:
            continue
        keep(name, "out", k, out)
        if out.requires_grad:
            seed = torch.randn_like(out)
            keep(name, "seed", k, seed)
            total = total + (seed * out).sum()
    for k, value in enumerate(inputs):
        keep(name, "in", k, value)
    if total.requires_grad:
        for k, gradient in enumerate(torch.autograd.grad(total, inputs_with_grad(inputs), allow_unused=True)):
            index = [i for i, v in enumerate(inputs) if v.requires_grad][k]
            if gradient is not None:
                keep(name, "grad", index, gradient)


def inputs_with_grad(inputs):
    return [i for i in inputs if i.requires_grad]


def convolutions():
    def conv(stride, padding, dilation, groups):
        top, left, bottom, right = padding
        return lambda x, w: (F.conv2d(F.pad(x, (left, right, top, bottom)), w, None, stride, 0, dilation, groups),)

    case("conv", [torch.randn(2, 3, 7, 6), torch.randn(4, 3, 3, 2)], conv((2, 1), (1, 0, 2, 1), (1, 2), 1))
    case("conv groups", [torch.randn(2, 4, 5, 6), torch.randn(6, 2, 3, 3)], conv((1, 2), (1, 1, 1, 1), (1, 1), 2))
    case("conv depthwise", [torch.randn(1, 3, 5, 4), torch.randn(6, 1, 3, 3)], conv((1, 1), (1, 1, 1, 1), (2, 1), 3))
    case("conv transpose", [torch.randn(2, 4, 3, 4), torch.randn(4, 3, 3, 2)],
         lambda x, w: (F.conv_transpose2d(x, w, None, stride=(2, 3), padding=(1, 0), output_padding=(1, 1), groups=1,
                                          dilation=(1, 2)),))


def pools():
    def local(indices, size, width, stride, padding):
        """PyTorch gives the position in the image; ours is the one in the window."""
        n, c, oh, ow = indices.shape
        top = torch.arange(oh).view(1, 1, oh, 1) * stride[0] - padding[0]
        left = torch.arange(ow).view(1, 1, 1, ow) * stride[1] - padding[1]
        return ((indices // width - top) * size[1] + (indices % width - left)).to(torch.int32)

    def maximum(size, stride, padding, ceil_mode):
        def run(x):
            y, indices = F.max_pool2d(x, size, stride, padding, 1, ceil_mode, return_indices=True)
            return y, local(indices, size, x.shape[3], stride, padding)
        return run

    case("max pool", [torch.randn(2, 3, 7, 6)], maximum((3, 2), (2, 1), (1, 1), False))
    case("max pool ceil", [torch.randn(1, 2, 6, 7)], maximum((3, 3), (2, 3), (1, 0), True))
    case("max pool ties", [torch.zeros(1, 1, 4, 4)], maximum((2, 2), (2, 2), (0, 0), False))
    for count in (True, False):
        for ceil_mode in (True, False):
            name = f"avg pool{' ceil' if ceil_mode else ''}{' all' if count else ''}"
            case(name, [torch.randn(2, 2, 6, 7)],
                 lambda x: (F.avg_pool2d(x, (3, 3), (2, 3), (1, 1), ceil_mode, count),))


def norms():
    def batch(x, scale, bias):
        axes = [0] + list(range(2, x.dim()))
        return F.batch_norm(x, None, None, scale, bias, True, 0, 1e-3), x.mean(axes), x.var(axes, unbiased=False)

    def layer(count):
        def run(x, scale, bias):
            y, mean, rstd = torch.native_layer_norm(x, x.shape[-count:], scale, bias, 1e-3)
            lead = x.shape[:-count]
            return y, mean.reshape(lead), rstd.reshape(lead)
        return run

    case("batch norm", [torch.randn(3, 4, 2, 5), torch.randn(4), torch.randn(4)], batch)
    case("batch norm inference",
         [torch.randn(3, 4, 5), torch.randn(4), torch.randn(4), torch.randn(4), torch.rand(4) + 0.5],
         lambda x, scale, bias, mean, variance: (F.batch_norm(x, mean.detach(), variance.detach(), scale, bias, False, 0, 1e-3),))
    case("layer norm", [torch.randn(3, 4, 5), torch.randn(5), torch.randn(5)], layer(1))
    case("layer norm two axes", [torch.randn(3, 4, 5), torch.randn(4, 5), torch.randn(4, 5)], layer(2))


def softmaxes():
    case("softmax", [torch.randn(3, 4, 5)], lambda x: (F.softmax(x, 1),))
    case("log softmax", [torch.randn(3, 4, 5)], lambda x: (F.log_softmax(x, -1),))
    case("log sum exp", [torch.randn(3, 4, 5)], lambda x: (torch.logsumexp(x, 1),))
    case("cross entropy", [torch.randn(6, 5), torch.randint(0, 5, (6,))],
         lambda x, t: (F.cross_entropy(x, t, reduction="none"), F.softmax(x, -1)))
    case("embedding", [torch.randn(5, 3), torch.randint(0, 5, (2, 4))], lambda table, i: (F.embedding(i, table),))


def lstm():
    n, t, features, units = 3, 4, 2, 5
    model = torch.nn.LSTM(features, units, batch_first=True)
    # The weights become inputs: ours has one bias, the sum of PyTorch's two.
    inputs = [torch.randn(n, t, features), torch.randn(n, units), torch.randn(n, units),
              torch.randn(4 * units, features), torch.randn(4 * units, units), torch.randn(4 * units)]

    def run(x, h, c, w_ih, w_hh, b):
        weights = {"weight_ih_l0": w_ih, "weight_hh_l0": w_hh, "bias_ih_l0": b, "bias_hh_l0": torch.zeros(4 * units)}
        y, (h_n, c_n) = torch.func.functional_call(model, weights, (x, (h[None], c[None])))
        return y, h_n[0], c_n[0]

    case("lstm", inputs, run)


def optimizers():
    """State before and after the third step."""
    def steps(name, make, slots, counted=False):
        parameter = torch.nn.Parameter(torch.randn(3, 2))
        optimizer = make([parameter])
        rate = optimizer.param_groups[0]["lr"]
        for step in range(1, 4):
            parameter.grad = torch.randn(3, 2)
            state = optimizer.state[parameter]
            value = lambda slot: state[slot] if slot in state else torch.zeros(3, 2)
            if step == 3:
                inputs = [parameter, parameter.grad] + [value(s) for s in slots]
                inputs += [torch.tensor(step)] if counted else []
                for k, tensor in enumerate(inputs + [torch.tensor(rate), torch.tensor(True)]):
                    keep(name, "in", k, tensor)
            optimizer.step()
        for k, tensor in enumerate([parameter] + [value(s) for s in slots]):
            keep(name, "out", k, tensor)

    steps("sgd plain", lambda p: torch.optim.SGD(p, 0.1, weight_decay=0.2), [])
    steps("sgd momentum", lambda p: torch.optim.SGD(p, 0.1, 0.9, weight_decay=0.2), ["momentum_buffer"])
    steps("sgd nesterov", lambda p: torch.optim.SGD(p, 0.1, 0.9, nesterov=True), ["momentum_buffer"])
    adam = ["exp_avg", "exp_avg_sq"]
    steps("adam", lambda p: torch.optim.Adam(p, 0.1, (0.8, 0.95), 1e-3, weight_decay=0.2), adam, True)
    steps("adamw", lambda p: torch.optim.AdamW(p, 0.1, (0.8, 0.95), 1e-3, weight_decay=0.2), adam, True)
    rms = ["square_avg", "momentum_buffer", "grad_avg"]
    steps("rmsprop", lambda p: torch.optim.RMSprop(p, 0.1, 0.9, 1e-3, weight_decay=0.2), rms)
    steps("rmsprop all", lambda p: torch.optim.RMSprop(p, 0.1, 0.9, 1e-3, momentum=0.7, centered=True), rms)


def main():
    for part in (convolutions, pools, norms, softmaxes, lstm, optimizers):
        part()
    folder = pathlib.Path(sys.argv[1])
    save_file(dict(sorted(golden.items())), folder / "torch_ops.safetensors")


main()
