# SPDX-License-Identifier: Apache-2.0
"""What each side of the comparison does, over lines of JSON: one process a side, so that rounds can be interleaved.

A side is a class with
    __init__(case, weights, inputs, targets, variant)   nothing is compiled yet
    step(i) -> loss                                     batch i from host memory, the loss as a number afterwards
    free(i, n) -> steps done                            n steps in the framework's own loop, losses read at its end
    many(i, n) -> loss                                  only where one call makes many steps: as step, n times
"""
import json
import resource
import sys
import time

import numpy

import cases


def load_weights(path):
    from safetensors.numpy import load_file

    return load_file(path)


def main(make):
    case = cases.by_name(sys.argv[1])
    weights = load_weights(sys.argv[2])
    variant = sys.argv[3] if len(sys.argv) > 3 else ""
    inputs, targets = cases.make_batches(case)
    if case.loss != "sum_of_squares":
        targets = targets.astype(numpy.int64)
    side = None
    position = 0
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        what, steps = order["do"], order.get("steps", 0)
        answer = {}
        begin = time.perf_counter()
        if what == "first":  # from the model's description to the first step done, then the losses of the next
            side = make(case, weights, inputs, targets, variant)
            losses = [side.step(0)]
            answer["seconds"] = time.perf_counter() - begin
            losses += [side.step(i) for i in range(1, steps)]
            answer["losses"] = losses
            position = steps
        elif what == "steps":
            if hasattr(side, "many"):
                loss = side.many(position, steps)
            else:
                for i in range(position, position + steps):
                    loss = side.step(i)
            answer = {"seconds": time.perf_counter() - begin, "loss": loss}
            position += steps
        elif what == "free":
            done = side.free(position, steps)
            answer = {"seconds": time.perf_counter() - begin, "steps": done}
            position += done
        elif what == "memory":
            answer["bytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        print(json.dumps(answer), flush=True)
