#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What stock TensorBoard sees in a folder, as JSON; fails where it warns or sees less than expected.

    check_tensorboard.py LOGDIR [--expect KIND=N]... [--slow-only]
    check_tensorboard.py --write PROGRAM [--expect KIND=N]...     lets PROGRAM FOLDER write into an empty folder first

KIND is scalars, histograms, images, texts (tags of that kind over all runs), points (scalar points), nodes (of graphs),
hparams or ended (runs whose hyper-parameters, or whose end, are known). "=N" means at least N, "==N" exactly N.
Both of TensorBoard's loaders look: the one in Python and, where the platform has it, the data server.
"""
import argparse
import json
import logging
import subprocess
import sys
import tempfile
import time

from google.protobuf import json_format
from tensorboard import context
from tensorboard.backend.event_processing import data_ingester, data_provider, plugin_event_multiplexer
from tensorboard.compat.proto import graph_pb2
from tensorboard.data import provider, server_ingester
from tensorboard.plugins.hparams import metadata as hparams
from tensorboard.util import grpc_util

EVERYTHING = 1_000_000
PLUGINS = {"histograms": "histograms", "texts": "text"}


RESTART = "Detected out of order event.step likely caused by a TensorFlow restart"  # what a resumed run is meant to cause


class Warnings(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages = []

    def emit(self, record):
        if not record.getMessage().startswith(RESTART):
            self.messages.append(record.getMessage())


def python_loader(logdir):
    """TensorBoard's loader in Python, keeping every point."""
    guidance = {plugin: 0 for plugin in data_ingester.DEFAULT_TENSOR_SIZE_GUIDANCE}
    multiplexer = plugin_event_multiplexer.EventMultiplexer(
        size_guidance=data_ingester.DEFAULT_SIZE_GUIDANCE, tensor_size_guidance=guidance)
    multiplexer.AddRunsFromDirectory(logdir)
    multiplexer.Reload()
    return data_provider.MultiplexerDataProvider(multiplexer, logdir)


def server_loader(logdir):
    """The data server, or None where the platform has none."""
    try:
        binary = server_ingester.get_server_binary()
    except server_ingester.NoDataServerError:
        return None
    samples = {plugin: EVERYTHING for plugin in ("scalars", "histograms", "text", "images")}
    ingester = server_ingester.SubprocessServerDataIngester(
        server_binary=binary, logdir=logdir, reload_interval=1, channel_creds_type=grpc_util.ChannelCredsType.LOCAL,
        samples_per_plugin=samples)
    ingester.start()
    return ingester


def hparams_of(contents):
    seen = {}
    for tag, content in contents.items():
        if tag == hparams.SESSION_START_INFO_TAG:
            start = hparams.parse_session_start_info_plugin_data(content)
            seen["start"] = {k: json_format.MessageToDict(v) for k, v in sorted(start.hparams.items())}
        elif tag == hparams.SESSION_END_INFO_TAG:
            seen["status"] = hparams.parse_session_end_info_plugin_data(content).status
    return seen


def seen_by(source):
    """{run: {kind: {tag: ...}}}"""
    ctx = context.RequestContext()
    by_plugin = lambda method, plugin: getattr(source, method)(ctx, experiment_id="", plugin_name=plugin)
    read = lambda method, plugin: getattr(source, method)(
        ctx, experiment_id="", plugin_name=plugin, downsample=EVERYTHING, run_tag_filter=provider.RunTagFilter())
    runs = {run.run_name: {"scalars": {}, "histograms": {}, "texts": {}, "images": {}, "hparams": {}, "graph": None}
            for run in source.list_runs(ctx, experiment_id="")}
    for run, tags in read("read_scalars", "scalars").items():
        for tag, points in tags.items():
            runs[run]["scalars"][tag] = {"points": len(points), "first": [points[0].step, points[0].value],
                                         "last": [points[-1].step, points[-1].value],
                                         "increasing": all(a.step < b.step for a, b in zip(points, points[1:]))}
    for kind, plugin in PLUGINS.items():
        for run, tags in read("read_tensors", plugin).items():
            for tag, points in tags.items():
                runs[run][kind][tag] = {"points": len(points), "last": points[-1].numpy.tolist()
                                        if kind == "histograms" else str(points[-1].numpy.item())}
    for run, tags in by_plugin("list_blob_sequences", "images").items():
        for tag, series in tags.items():
            runs[run]["images"][tag] = {"last step": series.max_step}
    for run, tags in by_plugin("list_tensors", "hparams").items():
        runs[run]["hparams"] = hparams_of({tag: series.plugin_content for tag, series in tags.items()})
    for run, tags in read("read_blob_sequences", "graphs").items():
        for points in tags.values():
            blob = source.read_blob(ctx, blob_key=points[-1].values[0].blob_key)
            graph = graph_pb2.GraphDef.FromString(blob)
            runs[run]["graph"] = {
                node.name: {"op": node.op, "inputs": list(node.input),
                            "shapes": [[d.size for d in s.dim] for s in node.attr["_output_shapes"].list.shape]}
                for node in graph.node}
    return runs


def count(runs, kind):
    if kind == "points":
        return sum(tag["points"] for run in runs.values() for tag in run["scalars"].values())
    if kind == "nodes":
        return sum(len(run["graph"] or {}) for run in runs.values())
    if kind == "hparams":
        return sum("start" in run["hparams"] for run in runs.values())
    if kind == "ended":
        return sum("status" in run["hparams"] for run in runs.values())
    return sum(len(run[kind]) for run in runs.values())


def unmet(runs, expectations):
    problems = []
    for expectation in expectations:
        kind, exact, wanted = expectation.partition("==") if "==" in expectation else expectation.partition("=")
        found = count(runs, kind)
        if found != int(wanted) if exact == "==" else found < int(wanted):
            problems.append(f"expected {expectation}, TensorBoard sees {found}")
    for run in runs.values():
        problems += [f"the steps of {tag} go back" for tag, seen in run["scalars"].items() if not seen["increasing"]]
    return problems


def as_text(runs):
    """For a comparison in which NaN equals NaN."""
    return json.dumps(runs, sort_keys=True)


def check(logdir, expectations, slow_only):
    warnings = Warnings()
    logging.getLogger("tensorboard").addHandler(warnings)
    runs = seen_by(python_loader(logdir))
    problems = unmet(runs, expectations)
    server = None if slow_only else server_loader(logdir)
    if server:
        for _ in range(100):  # it answers before it has read
            fast = seen_by(server.data_provider)
            if as_text(fast) == as_text(runs):
                break
            time.sleep(0.1)
        else:
            problems.append("the data server sees something else: " + as_text(fast))
    print(json.dumps({"runs": runs, "loaders": 2 if server else 1, "warnings": warnings.messages,
                      "problems": problems}, indent=1))
    return 1 if problems or warnings.messages or not runs else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("logdir", nargs="?")
    parser.add_argument("--write", metavar="PROGRAM")
    parser.add_argument("--expect", action="append", default=[], metavar="KIND=N")
    parser.add_argument("--slow-only", action="store_true")
    args = parser.parse_args()
    if args.logdir:
        return check(args.logdir, args.expect, args.slow_only)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([args.write, folder], check=True)
        return check(folder, args.expect, args.slow_only)


sys.exit(main())
