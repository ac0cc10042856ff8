# SPDX-License-Identifier: Apache-2.0
"""`./dev bench peers`: the same training steps here and in PyTorch, JAX and Keras, in one run.

Sides are processes that wait for orders (side.py, ours.cpp), so that rounds are interleaved and a machine that changes
its speed does no harm. Each peer's variants are tried first; its fastest one takes part in the rounds.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy
from safetensors.numpy import save_file

import cases
import report

HERE = pathlib.Path(__file__).resolve().parent
BOUND = {"OMP_PROC_BIND": "true", "OMP_PLACES": "cores"}
QUIET = {"OMP_NUM_THREADS": "2", "GOMP_SPINCOUNT": "1000"}
SAME_WORK = 1e-3  # largest relative difference of the first losses


class Side:
    """A process that answers orders. `name` is for the table: "PyTorch compile, bound"."""

    def __init__(self, peer, name, command, environment):
        self.peer, self.name = peer, name
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        text=True, env={**os.environ, **QUIET, **environment})
        self.rounds, self.free_rounds = [], []
        self.wait()

    def wait(self):
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise RuntimeError(f"{self.name} ended: ...{self.log.read()[-1500:]}")
        return json.loads(line)

    def ask(self, what, steps=0):
        self.process.stdin.write(json.dumps({"do": what, "steps": steps}) + "\n")
        self.process.stdin.flush()
        return self.wait()

    def seconds_of_step(self, seconds, free=False):
        """One block of steps that lasts about `seconds`; grows the block until it does."""
        steps = getattr(self, "free_steps" if free else "block", 100 if free else 1)
        while True:
            answer = self.ask("free" if free else "steps", steps)
            steps = answer.get("steps", steps)
            if answer["seconds"] > seconds / 3:
                break
            steps = max(steps * 2, int(steps * seconds / max(answer["seconds"], 1e-6)))
        setattr(self, "free_steps" if free else "block", steps)
        return answer["seconds"] / steps

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.log.close()


def peer_sides(case, weights, only):
    """(peer, name, command, environment) of every variant."""
    def python(file, *more):
        return [sys.executable, str(HERE / file), case.name, weights, *more]

    layouts = ["", " channels_last"] if case.is_picture else [""]
    sides = []
    for mode in ("eager", "compile"):
        for layout in layouts:
            for bound in (False, True):
                name = f"PyTorch {mode}{layout}{', bound' if bound else ''}"
                sides.append(("PyTorch", name, python("side_torch.py", mode + layout), BOUND if bound else {}))
    sides.append(("JAX", "JAX jit", python("side_jax.py"), {}))
    sides.append(("Keras", "Keras graph", python("side_keras.py", "graph"), {}))
    sides.append(("Keras", "Keras xla", python("side_keras.py", "xla"), {}))
    return [s for s in sides if not only or s[0] in only]


def first_losses(side, reference, first):
    """Runs the first steps; the side must have done the same work as `reference`."""
    answer = side.ask("first", first)
    side.first_seconds = answer["seconds"]
    side.losses = answer["losses"]
    if reference is None:
        return
    differences = [abs(a - b) / max(abs(b), 1e-6) for a, b in zip(side.losses, reference)]
    side.difference = max(differences)


def run_case(case, options, ours, folder):
    document = folder / f"{case.name}.espalier"
    document.write_text(cases.document(case))
    weights, batches = str(folder / f"{case.name}.weights"), str(folder / f"{case.name}.batches")
    subprocess.run([ours, str(document), "--weights", weights, str(case.batch)], check=True)
    x, target = cases.make_batches(case)
    save_file({"x": x, "target": target}, batches)

    def open_ours(precision):
        side = Side("Espalier", f"Espalier {precision}", [ours, str(document), weights, batches, precision], {})
        return side

    us = open_ours("float32")
    first_losses(us, None, options.losses)
    us.difference = 0.0
    best = {}
    skipped = []
    for peer, name, command, environment in peer_sides(case, weights, options.peer):
        try:
            side = Side(peer, name, command, environment)
            first_losses(side, us.losses, options.losses)
        except RuntimeError as error:
            skipped.append(str(error))
            print(f"  {name}: {error}", file=sys.stderr)
            continue
        side.tried = min(side.seconds_of_step(options.seconds / 2) for _ in range(2))
        print(f"  {name}: {1 / side.tried:,.1f} steps/s, first {side.first_seconds:.2f} s, "
              f"losses differ by {side.difference:.1e}", file=sys.stderr)
        if peer in best and best[peer].tried <= side.tried:
            side.close()
        else:
            if peer in best:
                best[peer].close()
            best[peer] = side
    sides = [us, *best.values()]
    half = None
    if options.bfloat16:
        half = open_ours("bfloat16")
        first_losses(half, us.losses, options.losses)
        sides.append(half)
    for _ in range(options.rounds):
        for side in sides:
            side.rounds.append(side.seconds_of_step(options.seconds))
    for _ in range(options.rounds):
        for side in sides:
            side.free_rounds.append(side.seconds_of_step(options.seconds, free=True))
    result = {"case": case.name, "title": case.title, "bar": case.bar, "skipped": skipped, "sides": []}
    for side in sides:
        result["sides"].append({
            "peer": side.peer, "name": side.name, "rounds": side.rounds, "free_rounds": side.free_rounds,
            "first_seconds": side.first_seconds, "bytes": side.ask("memory")["bytes"],
            "difference": side.difference, "losses": side.losses})
        side.close()
    return result


def main():
    parser = argparse.ArgumentParser(prog="./dev bench peers")
    parser.add_argument("--case", action="append", help="only these: " + ", ".join(c.name for c in cases.CASES))
    parser.add_argument("--peer", action="append", help="only PyTorch, JAX or Keras")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.6, help="of a side in a round")
    parser.add_argument("--losses", type=int, default=20, help="how many first losses are compared")
    parser.add_argument("--bfloat16", action="store_true", help="ours in bfloat16 as well")
    parser.add_argument("--json", type=pathlib.Path, help="where the numbers go")
    parser.add_argument("--check", action="store_true", help="against the committed table of this class of processor")
    parser.add_argument("--write", action="store_true", help="puts this class of processor into the committed table")
    options = parser.parse_args()
    ours = os.environ["ESPALIER_BENCH_OURS"]
    results = []
    with tempfile.TemporaryDirectory(prefix="espalier-peers-") as folder:
        for case in cases.CASES:
            if options.case and case.name not in options.case:
                continue
            print(f"{case.title}", file=sys.stderr)
            results.append(run_case(case, options, ours, pathlib.Path(folder)))
            print(report.rows(results[-1:]), file=sys.stderr)
    if options.json:
        options.json.write_text(json.dumps(results, indent=1))
    print(report.table(results))
    if options.write:
        report.write(results)
    if options.check:
        sys.exit(report.check(results))


if __name__ == "__main__":
    main()
