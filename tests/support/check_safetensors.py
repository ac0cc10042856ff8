#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads the file that PROGRAM FOLDER writes (tests/engine/io/write_samples.cpp) by Hugging Face's own library."""
import pathlib
import subprocess
import sys
import tempfile

from safetensors import safe_open

EXPECTED = {
    "conv1.weight": ("float32", [[[[1.0, -2.0]]], [[[0.5, 4.0]]]]),
    "step": ("int64", 600),
    "mask": ("bool", [True, False, True]),
    "mean": ("float64", [0.1]),
    "labels": ("int32", [-1, 9]),
    "empty": ("float32", []),
}

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[1], folder], check=True)
    with safe_open(pathlib.Path(folder) / "w.safetensors", "np") as f:
        found = {name: (str(f.get_tensor(name).dtype), f.get_tensor(name).tolist()) for name in f.keys()}
        assert found == EXPECTED, found
        assert f.metadata() == {"format": "pt", "step": "600"}, f.metadata()
