#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Records what `espalier serve` answers, for the fake engine of the studio's tests.

    python3 tests/support/record_engine.py build/espalier > tests/support/engine_recording.jsonl

One line a method: {"method", "result"}. The fake engine repeats the results, with the version and the document of the
request in them.
"""
import json
import os
import subprocess
import sys


class Engine:
    def __init__(self, program):
        self.process = subprocess.Popen([program, "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.last = 0

    def ask(self, method, params):
        self.last += 1
        body = json.dumps({"jsonrpc": "2.0", "id": self.last, "method": method, "params": params}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()
        while True:
            length = 0
            while (line := self.process.stdout.readline().strip()) != b"":
                name, value = line.split(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            message = json.loads(self.process.stdout.read(length))
            if message.get("id") == self.last:
                if "error" in message:
                    sys.exit(f"{method}: {message['error']}")
                return message["result"]


def main():
    engine = Engine(sys.argv[1])
    here = os.path.dirname(os.path.abspath(__file__))
    text = open(os.path.join(here, "../../resources/samples/digits-cnn.espalier"), encoding="utf-8").read()
    folder = os.path.abspath(os.path.join(here, "../../resources/samples"))
    asked = [
        ("initialize", {"client": {"name": "recorder", "version": "1"}, "protocol": 1}),
        ("describe", {}),
        ("samples.list", {}),
        ("samples.read", {"name": "digits-cnn"}),
        ("document.open", {"document": "d", "version": 1, "text": text, "folder": folder}),
        ("document.check", {"document": "d", "version": 1}),
        ("document.estimate", {"document": "d", "version": 1}),
    ]
    for method, params in asked:
        result = engine.ask(method, params)
        if method == "document.check" and result["data"]["state"] == "opening":
            engine.ask("data.describe", {"document": "d"})
            result = engine.ask(method, params)
        if method == "initialize":  # nothing of the machine that recorded
            result.update(processor="recorded", host="recorded", pid=1, cores=2,
                          roots=[{"name": "samples", "path": "/recorded/samples"}])
        if method == "samples.list":
            for sample in result["samples"]:
                sample["path"] = "/recorded/samples/" + os.path.basename(sample["path"])
        if method == "samples.read":
            result["folder"] = "/recorded/samples"
        print(json.dumps({"method": method, "result": result}, separators=(",", ":")))


main()
