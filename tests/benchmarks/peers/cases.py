# SPDX-License-Identifier: Apache-2.0
"""The models that all sides train, written once: each side reads the same layers, weights and batches.

A model is a list of layers, as tuples:
    ("dense", name, out_features, bias, activation)      ("conv", name, out_channels, kernel, stride, padding, bias, activation)
    ("batch_norm", name, activation)                     ("max_pool", name, size)
    ("global_pool", name)  ("flatten", name)             ("residual", name, main layers, shortcut layers, activation)
`activation` is "" or "relu". Shapes are those of PyTorch: pictures are [N, C, H, W].
"""
import json
import random
from dataclasses import dataclass, field

import numpy


@dataclass
class Case:
    name: str
    title: str
    bar: float  # ours against the fastest peer in the same run
    batch: int
    input: tuple  # shape of one sample
    classes: int
    layers: list
    optimizer: str  # "Adam" or "SGD"
    lr: float
    momentum: float = 0.0
    loss: str = "cross_entropy"  # of logits with the mean over the batch, or "sum_of_squares": sum over everything
    batches: int = 64  # different ones, taken in turn
    tags: set = field(default_factory=set)

    @property
    def is_picture(self):
        return len(self.input) == 3


def resnet(stages=(16, 32, 64), blocks=3):
    """ResNet-20 (He et al. 2015, section 4.2), with a 1 x 1 convolution as shortcut where the shape changes."""
    layers = [("conv", "stem", stages[0], 3, 1, 1, False, ""), ("batch_norm", "stem_norm", "relu")]
    before = stages[0]
    for s, width in enumerate(stages, 1):
        for b in range(1, blocks + 1):
            name = f"stage{s}_{b}"
            stride = 2 if s > 1 and b == 1 else 1
            main = [
                ("conv", f"{name}_conv1", width, 3, stride, 1, False, ""),
                ("batch_norm", f"{name}_norm1", "relu"),
                ("conv", f"{name}_conv2", width, 3, 1, 1, False, ""),
                ("batch_norm", f"{name}_norm2", ""),
            ]
            changes = stride != 1 or before != width
            shortcut = []
            if changes:
                shortcut = [
                    ("conv", f"{name}_short", width, 1, stride, 0, False, ""),
                    ("batch_norm", f"{name}_short_norm", ""),
                ]
            layers.append(("residual", f"{name}_add", main, shortcut, "relu"))
            before = width
    return layers + [("global_pool", "pool"), ("dense", "scores", 10, True, "")]


CASES = [
    Case("keras-sequential", "50-64-28-10, batch 32, Adam (the Keras program)", 2.5, 32, (50,), 10,
         [("dense", "dense1", 64, True, "relu"), ("dense", "dense2", 28, True, ""), ("dense", "dense3", 10, True, "")],
         "Adam", 1e-3),
    Case("pytorch-two-layer", "1000-100-10 without bias, batch 64, SGD (the PyTorch program)", 1.5, 64, (1000,), 10,
         [("dense", "hidden", 100, False, "relu"), ("dense", "result", 10, False, "")],
         "SGD", 1e-6, loss="sum_of_squares", batches=16),
    Case("mlp", "784-512-10, batch 128, Adam", 1.25, 128, (784,), 10,
         [("dense", "hidden", 512, True, "relu"), ("dense", "scores", 10, True, "")], "Adam", 1e-3),
    Case("lenet", "LeNet-5, 28 x 28, batch 64, Adam", 3.0, 64, (1, 28, 28), 10,
         [("conv", "conv1", 6, 5, 1, 2, True, "relu"), ("max_pool", "pool1", 2),
          ("conv", "conv2", 16, 5, 1, 0, True, "relu"), ("max_pool", "pool2", 2), ("flatten", "flatten"),
          ("dense", "fc1", 120, True, "relu"), ("dense", "fc2", 84, True, "relu"), ("dense", "fc3", 10, True, "")],
         "Adam", 1e-3),
    Case("resnet20", "ResNet-20, 32 x 32 x 3, batch 128, momentum SGD", 1.5, 128, (3, 32, 32), 10, resnet(),
         "SGD", 0.01, momentum=0.9, batches=8),
]


def by_name(name):
    return next(case for case in CASES if case.name == name)


def make_batches(case, seed=7):
    """Inputs float32 [batches, N, ...] and targets: int64 [batches, N], or float32 [batches, N, classes]. The classes
    can be learned, slowly: each has a faint pattern of its own under the noise, so that losses stay far from zero."""
    rng = numpy.random.default_rng(seed)
    size = (case.batches, case.batch)
    if case.loss == "sum_of_squares":
        inputs = rng.standard_normal((*size, *case.input), numpy.float32)
        return inputs, rng.standard_normal((*size, case.classes), numpy.float32)
    labels = rng.integers(0, case.classes, size)
    patterns = rng.standard_normal((case.classes, *case.input), numpy.float32)
    inputs = numpy.float32(0.1) * patterns[labels] + rng.standard_normal((*size, *case.input), numpy.float32)
    return numpy.ascontiguousarray(inputs, numpy.float32), labels.astype(numpy.int64)


class _Drawing:
    """Writes a case as an .espalier document with free inputs "x" and "target"."""

    def __init__(self, case):
        self.case = case
        self.nodes, self.wires = [], []
        self.random = random.Random(case.name)
        x = self.node("Input", "x", None, columns=["x"], shape=list(case.input), dtype="float32", batch=True)
        is_label = case.loss == "cross_entropy"
        target = self.node("Input", "target", None, columns=["x"], shape=[] if is_label else [case.classes],
                           dtype="int64" if is_label else "float32", batch=True)
        y = self.layers(case.layers, (x, "x"))
        loss = self.node("CrossEntropy" if is_label else "SumOfSquares", "loss", None)
        self.wire(y, (loss, "prediction"))
        self.wire((target, "x"), (loss, "target"))
        self.node("Output", "scores_out", y)

    def new_id(self):
        return "".join(self.random.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(10))

    def node(self, kind, name, source, **params):
        node = self.new_id()
        self.nodes.append({"id": node, "kind": kind, "version": 1, "name": name,
                           "at": [200 * len(self.nodes), 40], "params": params})
        if source:
            self.wire(source, (node, "x"))
        return node

    def wire(self, start, end):
        self.wires.append({"id": self.new_id(), "from": list(start), "to": list(end)})

    def layers(self, layers, at):
        for layer in layers:
            at = (self.layer(layer, at), "y")
        return at

    def layer(self, layer, at):
        kind, name, *rest = layer
        if kind == "dense":
            return self.node("Dense", name, at, out_features=rest[0], bias=rest[1], activation=rest[2] or "none")
        if kind == "conv":
            out, kernel, stride, padding, bias, activation = rest
            return self.node("Conv2D", name, at, out_channels=out, kernel_size=[kernel] * 2, stride=[stride] * 2,
                             padding=padding, bias=bias, activation=activation or "none")
        if kind == "batch_norm":
            norm = self.node("BatchNorm", name, at)
            return self.node("ReLU", name + "_relu", (norm, "y")) if rest[0] else norm
        if kind == "max_pool":
            return self.node("MaxPool2D", name, at, kernel_size=[rest[0]] * 2)
        if kind == "global_pool":
            return self.node("GlobalAvgPool", name, at)
        if kind == "flatten":
            return self.node("Flatten", name, at)
        main, shortcut, activation = rest
        ends = self.layers(main, at), self.layers(shortcut, at)
        add = self.node("Add", name, ends[0])
        self.wire(ends[1], (add, "x"))
        return self.node("ReLU", name + "_relu", (add, "y")) if activation else add

    def text(self):
        case = self.case
        optimizer = {"kind": case.optimizer, "lr": case.lr, "momentum": case.momentum}
        return json.dumps({
            "format": "espalier", "version": 1, "graph": {"nodes": self.nodes, "wires": self.wires},
            "training": {"batch_size": case.batch, "optimizer": optimizer, "metrics": [],
                         "record": {"scalars_every": 0, "histograms_every": 0}},
        }, indent=1)


def document(case):
    return _Drawing(case).text()
