# SPDX-License-Identifier: Apache-2.0
"""PyTorch. Variants: words of eager|compile, channels_last."""
import torch
from torch import nn

import side


class Residual(nn.Module):
    def __init__(self, main, shortcut, activation):
        super().__init__()
        self.main, self.shortcut, self.activation = main, shortcut, activation

    def forward(self, x):
        y = self.main(x) + self.shortcut(x)
        return torch.relu(y) if self.activation else y


def build(layers, channels, named):
    """An nn.Sequential, with its parameters in `named` under our names; returns it and its output's channels."""
    modules = []
    for kind, name, *rest in layers:
        activation = ""
        if kind == "dense":
            out, bias, activation = rest
            modules.append(nn.Linear(channels, out, bias=bias))
            channels = out
        elif kind == "conv":
            out, kernel, stride, padding, bias, activation = rest
            modules.append(nn.Conv2d(channels, out, kernel, stride, padding, bias=bias))
            channels = out
        elif kind == "batch_norm":
            modules.append(nn.BatchNorm2d(channels))
            activation = rest[0]
        elif kind == "max_pool":
            modules.append(nn.MaxPool2d(rest[0]))
        elif kind == "global_pool":
            modules += [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        elif kind == "flatten":
            modules.append(nn.Flatten())
            channels = 16 * 5 * 5  # of LeNet, the only one that flattens
        elif kind == "residual":
            main, out = build(rest[0], channels, named)
            shortcut = build(rest[1], channels, named)[0] if rest[1] else nn.Identity()
            modules.append(Residual(main, shortcut, rest[2]))
            channels = out
        if kind in ("dense", "conv", "batch_norm"):
            for parameter, value in modules[-1].named_parameters():
                named[f"{name}.{parameter}"] = value
        if activation:
            modules.append(nn.ReLU())
    return nn.Sequential(*modules), channels


class Torch:
    def __init__(self, case, weights, inputs, targets, variant):
        torch.set_num_threads(2)
        named = {}
        self.model, _ = build(case.layers, case.input[0], named)
        with torch.no_grad():
            for name, parameter in named.items():
                parameter.copy_(torch.from_numpy(weights[name]))
        self.inputs, self.targets = torch.from_numpy(inputs), torch.from_numpy(targets)
        if "channels_last" in variant:
            self.model = self.model.to(memory_format=torch.channels_last)
            self.inputs = torch.stack([b.contiguous(memory_format=torch.channels_last) for b in self.inputs])
        parameters = list(self.model.parameters())
        if case.optimizer == "Adam":
            self.optimizer = torch.optim.Adam(parameters, case.lr, fused=True)
        else:
            self.optimizer = torch.optim.SGD(parameters, case.lr, momentum=case.momentum, fused=True)
        self.criterion = (nn.CrossEntropyLoss() if case.loss == "cross_entropy"
                          else lambda y, t: (y - t).pow(2).sum())
        if "compile" in variant:
            self.forward = torch.compile(lambda x, t: self.criterion(self.model(x), t))
        else:
            self.forward = lambda x, t: self.criterion(self.model(x), t)

    def train(self, i):
        i %= len(self.inputs)
        loss = self.forward(self.inputs[i], self.targets[i])
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        return loss

    def step(self, i):
        return self.train(i).item()

    def free(self, start, steps):
        for i in range(start, start + steps):
            loss = self.train(i)
        loss.item()
        return steps


if __name__ == "__main__":
    side.main(Torch)
