#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes tests/engine/io/data/{pytorch,tensorboard}.tfevents by those libraries' own writers.

    make_events.py FOLDER
"""
import pathlib
import shutil
import sys
import tempfile

import numpy
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.histogram import summary_v2 as histogram
from tensorboard.plugins.scalar import summary_v2 as scalar
from tensorboard.summary.writer.event_file_writer import EventFileWriter
from torch.utils.tensorboard import SummaryWriter


def only_file(folder):
    (path,) = pathlib.Path(folder).iterdir()
    return path


def pytorch(target):
    with tempfile.TemporaryDirectory() as folder:
        writer = SummaryWriter(folder)
        writer.add_scalar("loss", 0.5, 0, walltime=100.0)
        writer.add_scalar("loss", 0.25, 1, walltime=101.0)
        writer.add_histogram("weights", numpy.array([-1.0, 0.5, 0.5, 2.0]), 1, walltime=101.0)
        writer.add_text("note", "hello", 1, walltime=101.0)
        writer.add_image("picture", numpy.zeros((3, 2, 4)), 1, walltime=101.0)
        writer.close()
        shutil.copyfile(only_file(folder), target)


def tensorboard(target):
    with tempfile.TemporaryDirectory() as folder:
        writer = EventFileWriter(folder)
        scalars = Summary(value=[*scalar.scalar_pb("a", 1.5).value, *scalar.scalar_pb("b", -2).value])
        writer.add_event(Event(wall_time=100.0, step=3, summary=scalars))
        weights = histogram.histogram_pb("weights", numpy.array([0.0, 1.0, 1.0, 4.0]), buckets=4)
        writer.add_event(Event(wall_time=101.0, step=4, summary=weights))
        writer.add_event(Event(wall_time=102.0, step=4, session_log=SessionLog(status=SessionLog.START)))
        writer.close()
        shutil.copyfile(only_file(folder), target)


pytorch(pathlib.Path(sys.argv[1]) / "pytorch.tfevents")
tensorboard(pathlib.Path(sys.argv[1]) / "tensorboard.tfevents")
