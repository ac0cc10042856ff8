#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs what write_exports wrote in the program that it is for, and compares with our own results.

    check_exports.py JUDGE FOLDER [NAME]     JUDGE: onnx, pytorch; NAME: only cases whose name contains it

A layer may differ by 1e-5 of its largest value, a sample by 1e-4, and the largest score of a row must be the same one.
"""
import importlib.util
import json
import pathlib
import sys

import numpy as np
from safetensors.numpy import load_file


class Onnx:
    """onnx's checker and onnxruntime."""

    def __init__(self):
        import onnx
        import onnxruntime

        onnxruntime.set_default_logger_severity(3)
        self.onnx = onnx
        self.runtime = onnxruntime

    def run(self, folder, inputs, outputs):
        path = str(folder / "model.onnx")
        self.onnx.checker.check_model(path, full_check=True)
        session = self.runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
        known = {i.name for i in session.get_inputs()}
        assert known == set(inputs), f"inputs are {known}, not {set(inputs)}"
        names = [o.name for o in session.get_outputs()]
        return dict(zip(names, session.run(names, inputs)))


class Torch:
    """The module that we wrote, in whatever PyTorch this python has."""

    def __init__(self):
        import torch

        self.torch = torch

    def run(self, folder, inputs, outputs):
        spec = importlib.util.spec_from_file_location(f"model_{folder.name}", folder / "model.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        model = module.load()
        order = json.loads((folder / "order.json").read_text())
        with self.torch.no_grad():
            got = model(*[self.torch.from_numpy(np.array(inputs[name])) for name in order["inputs"]])
        got = got if isinstance(got, tuple) else (got,)
        return {name: value.numpy() for name, value in zip(order["outputs"], got)}


def problem(expected, got, bound):
    """Why `got` is not `expected`; None if it is."""
    got = np.asarray(got)
    if got.shape != expected.shape:
        return f"shape {got.shape}, not {expected.shape}"
    if got.dtype.kind != expected.dtype.kind:
        return f"{got.dtype}, not {expected.dtype}"
    if expected.size == 0:
        return None
    if expected.dtype.kind != "f":
        return None if np.array_equal(got, expected) else "other values"
    largest = np.abs(expected).max()
    difference = np.abs(got.astype(np.float64) - expected).max()
    if not difference <= bound * max(largest, 1e-30):
        return f"differs by {difference:.3g} of {largest:.3g}"
    rows = expected.reshape(-1, expected.shape[-1]) if expected.ndim else expected.reshape(1, 1)
    ranks = np.sort(rows, axis=-1)
    clear = ranks.shape[-1] < 2 or (ranks[:, -1] - ranks[:, -2] > 2 * bound * largest).all()
    if clear and not np.array_equal(rows.argmax(-1), got.reshape(rows.shape).argmax(-1)):
        return "another largest score"
    return None


def main(judge, folder, wanted=""):
    root = pathlib.Path(folder)
    judge_of = {"onnx": Onnx, "pytorch": Torch}[judge]()
    failed = passed = skipped = 0
    for case in json.loads((root / "cases.json").read_text()):
        if wanted not in case["name"]:
            continue
        if judge in case["gaps"]:
            skipped += 1
            continue
        values = load_file(root / case["folder"] / "values.safetensors")
        inputs = {k[3:]: v for k, v in values.items() if k.startswith("in:")}
        expected = {k[4:]: v for k, v in values.items() if k.startswith("out:")}
        bound = 1e-4 if case["layer"] == "sample" else 1e-5
        try:
            got = judge_of.run(root / case["folder"], inputs, expected)
            found = [f"{n}: {p}" for n in expected if (p := problem(expected[n], got[n], bound))]
        except Exception as error:  # whatever the judge says is the verdict
            found = [f"{type(error).__name__}: {str(error)[:600]}"]
        passed += not found
        failed += bool(found)
        if found:
            print(f"FAIL {case['folder']} {case['name']}: {'; '.join(found)}")
    print(f"{judge}: {passed} passed, {failed} failed, {skipped} gaps")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
