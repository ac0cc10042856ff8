#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes logdirs by the stock writers of PyTorch and Keras, and what TensorBoard's own reader says of them.

    make_logdirs.py pytorch FOLDER     needs torch and tensorboard
    make_logdirs.py keras FOLDER       needs keras and tensorflow
    make_logdirs.py golden FOLDER      needs tensorboard; writes golden.json for all that lies in FOLDER

FOLDER is tests/gui/models/logdirs.
"""
import json
import math
import pathlib
import shutil
import sys

import numpy


def forget_the_machine(folder):
    """events.out.tfevents.<seconds>.<host>.<process>.<rest> -> events.out.tfevents.<seconds>.host.1.<rest>"""
    for path in folder.rglob("*tfevents*"):
        parts = path.name.split(".")
        path.rename(path.with_name(".".join([*parts[:4], "host", "1", *parts[6:]])))


def pytorch(folder):
    from torch.utils.tensorboard import SummaryWriter

    shutil.rmtree(folder / "pytorch", ignore_errors=True)
    random = numpy.random.default_rng(1)
    for run, rate in (("fast", 0.1), ("slow/first", 0.01)):
        writer = SummaryWriter(folder / "pytorch" / run)
        for step in range(60):
            wall = 1_700_000_000 + step * 0.25
            writer.add_scalar("loss/train", math.exp(-rate * step), step, walltime=wall)
            if step % 10 == 9:
                writer.add_scalar("loss/validation", math.exp(-rate * step) + 0.1, step, walltime=wall)
                writer.add_histogram("weights/dense", random.normal(0, 1, 200), step, walltime=wall)
                writer.add_image("filters", random.uniform(0, 1, (1, 4, 6)), step, walltime=wall)
        writer.add_scalar("loss/train", math.nan, 60, walltime=1_700_000_016)
        writer.add_scalar("new style", 0.5, 3, walltime=1_700_000_016, new_style=True)
        writer.add_text("note", f"rate **{rate}**", 0, walltime=1_700_000_000)
        writer.add_hparams({"rate": rate, "optimizer": "adam", "nesterov": True}, {"hparam/loss": rate}, run_name=".")
        writer.close()
    # Resumed from step 20: a second file, and steps that are written again.
    writer = SummaryWriter(folder / "pytorch" / "fast", purge_step=20)
    for step in range(20, 40):
        writer.add_scalar("loss/train", 0.5 * math.exp(-0.1 * step), step, walltime=1_700_001_000 + step)
    writer.close()
    forget_the_machine(folder / "pytorch")


def keras(folder):
    import os

    os.environ["KERAS_BACKEND"] = "tensorflow"
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras as k

    shutil.rmtree(folder / "keras", ignore_errors=True)
    k.utils.set_random_seed(1)
    x = numpy.random.default_rng(2).normal(0, 1, (64, 4)).astype("float32")
    y = (x[:, 0] > 0).astype("int32")
    model = k.Sequential([k.Input((4,)), k.layers.Dense(6, activation="relu"), k.layers.Dense(2)])
    model.compile("adam", k.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    board = k.callbacks.TensorBoard(folder / "keras", histogram_freq=1, write_graph=False, write_images=True,
                                    update_freq=2)
    model.fit(x, y, batch_size=8, epochs=3, validation_split=0.25, verbose=0, callbacks=[board])
    forget_the_machine(folder / "keras")


def golden(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.backend.event_processing import tag_types
    from tensorboard.util import tensor_util

    def number(value):
        return value if math.isfinite(value) else None

    runs = {}
    for path in sorted({p.parent for p in folder.rglob("*tfevents*")}):
        reader = EventAccumulator(str(path), size_guidance=dict.fromkeys(
            (tag_types.TENSORS, tag_types.SCALARS, tag_types.HISTOGRAMS, tag_types.IMAGES), 0))
        reader.Reload()
        run = {"scalars": {}, "histograms": {}, "images": {}, "texts": {}}
        for tag in reader.Tags()["scalars"]:
            run["scalars"][tag] = [[e.step, number(e.value)] for e in reader.Scalars(tag)]
        for tag in reader.Tags()["histograms"]:
            run["histograms"][tag] = [[e.step, e.histogram_value.num] for e in reader.Histograms(tag)]
        for tag in reader.Tags()["images"]:
            run["images"][tag] = [[e.step, len(e.encoded_image_string)] for e in reader.Images(tag)]
        for tag in reader.Tags()["tensors"]:
            plugin = reader.SummaryMetadata(tag).plugin_data.plugin_name
            events = [(e.step, tensor_util.make_ndarray(e.tensor_proto)) for e in reader.Tensors(tag)]
            if plugin == "scalars":
                run["scalars"][tag] = [[step, number(float(value))] for step, value in events]
            elif plugin == "histograms":
                run["histograms"][tag] = [[step, float(value[:, 2].sum())] for step, value in events]
            elif plugin == "images":
                run["images"][tag] = [[step, len(value[2])] for step, value in events]
            elif plugin == "text":
                run["texts"][tag] = [[step, value.reshape(-1)[0].decode()] for step, value in events]
        runs[str(path.relative_to(folder))] = run
    (folder / "golden.json").write_text(json.dumps(runs, sort_keys=True) + "\n")


{"pytorch": pytorch, "keras": keras, "golden": golden}[sys.argv[1]](pathlib.Path(sys.argv[2]))
