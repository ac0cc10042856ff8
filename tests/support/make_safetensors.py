#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/engine/io/data/peer.safetensors by Hugging Face's own library, and reads a file of ours back.

    make_safetensors.py FOLDER        writes FOLDER/peer.safetensors
    make_safetensors.py --read FILE   prints the tensors of FILE as JSON
"""
import json
import pathlib
import sys

import torch
from safetensors import safe_open
from safetensors.torch import save_file


def write(folder):
    values = [0.0, 1.5, -2.0, 6.103515625e-05, 5.9604644775390625e-08, 65504.0]
    tensors = {
        "f64": torch.tensor([[1.0, 2.0], [3.0, 0.1]], dtype=torch.float64),
        "f32": torch.tensor([0.5, -0.25, float("inf")], dtype=torch.float32),
        "bf16": torch.tensor([1.0, -3.0], dtype=torch.bfloat16),
        "f16": torch.tensor([values], dtype=torch.float16),
        "i64": torch.tensor([-(2**62), 7], dtype=torch.int64),
        "i32": torch.tensor(-5, dtype=torch.int32),
        "i16": torch.tensor([-300, 300], dtype=torch.int16),
        "i8": torch.tensor([-128, 127], dtype=torch.int8),
        "u8": torch.tensor([0, 255], dtype=torch.uint8),
        "bool": torch.tensor([True, False, True]),
        "empty": torch.zeros((0, 3)),
    }
    save_file(tensors, str(pathlib.Path(folder) / "peer.safetensors"), {"format": "pt", "note": "grün"})


def read(path):
    with safe_open(path, "pt") as f:
        out = {name: [str(f.get_tensor(name).dtype), f.get_tensor(name).tolist()] for name in f.keys()}
        print(json.dumps({"metadata": f.metadata(), "tensors": out}))


if sys.argv[1] == "--read":
    read(sys.argv[2])
else:
    write(sys.argv[1])
