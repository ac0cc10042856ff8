# SPDX-License-Identifier: Apache-2.0
"""Tables of the comparison, and what `--check` makes of them."""
import json
import pathlib
import platform
import random
import re
import statistics
from importlib import metadata

COMMITTED = pathlib.Path(__file__).resolve().parent / "results"
PACKAGES = ("torch", "jax", "tensorflow-cpu", "keras")


def processor():
    """(class, model name) of this machine: ratios are compared within a class only."""
    text = pathlib.Path("/proc/cpuinfo").read_text()
    flags = set(re.search(r"^flags\s*:(.*)$", text, re.M).group(1).split())
    model = re.search(r"^model name\s*:\s*(.*)$", text, re.M).group(1)
    if "avx512_bf16" in flags:
        return "avx512_bf16", model
    return ("avx512" if "avx512f" in flags else "avx2"), model


def peers_of(result):
    return [s for s in result["sides"] if s["peer"] != "Espalier"]


def ours_of(result, precision="float32"):
    return next((s for s in result["sides"] if s["name"] == "Espalier " + precision), None)


def fastest(result, key="rounds"):
    peers = [p for p in peers_of(result) if p[key]]
    return min(peers, key=lambda p: statistics.median(p[key])) if peers else None


def ratios(result, key="rounds"):
    """Of each round: how many times faster we were than the fastest peer."""
    peer = fastest(result, key)
    return [p / o for o, p in zip(ours_of(result)[key], peer[key])] if peer else []


def interval(values, draws=2000):
    """95 % of bootstrapped medians."""
    chance = random.Random(1)
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(draws))
    return medians[int(0.025 * draws)], medians[int(0.975 * draws)]


def per_second(side, key="rounds"):
    return 1 / statistics.median(side[key]) if side[key] else float("nan")


def rows(results):
    lines = []
    for result in results:
        for s in result["sides"]:
            lines.append(f"    {s['name']:<36}{per_second(s):>12,.1f} steps/s{per_second(s, 'free_rounds'):>12,.1f} free"
                         f"{s['first_seconds']:>9.2f} s to the first{s['bytes'] / 2**20:>8.0f} MiB"
                         f"   losses differ by {s['difference']:.0e}")
    return "\n".join(lines)


def table(results):
    """Markdown: steps/s of each side, and ours against the fastest peer."""
    names = ["PyTorch", "JAX", "Keras"]
    lines = ["| case | Espalier | " + " | ".join(names) + " | ours / fastest (95 %) | free-running | bar |",
             "|---|---|" + "---|" * len(names) + "---|---|---|"]
    for result in results:
        by_peer = {p["peer"]: p for p in peers_of(result)}
        cells = [f"{per_second(by_peer[n]):,.1f} ({by_peer[n]['name'].removeprefix(n + ' ')})" if n in by_peer else "-"
                 for n in names]
        ratio, free = ratios(result), ratios(result, "free_rounds")
        told = "-"
        if ratio:
            low, high = interval(ratio)
            told = f"**{statistics.median(ratio):.2f}x** ({low:.2f} to {high:.2f})"
        lines.append(f"| {result['title']} | {per_second(ours_of(result)):,.1f} | " + " | ".join(cells)
                     + f" | {told} | {statistics.median(free):.2f}x | {result['bar']}x |")
    lines += ["", "| case | " + " | ".join(["Espalier", *names]) + " |", "|---|---|" + "---|" * len(names)]
    for result in results:
        by_peer = {s["peer"]: s for s in reversed(result["sides"])}
        cells = [f"{by_peer[n]['first_seconds']:.2f} s, {by_peer[n]['bytes'] / 2**20:.0f} MiB, {by_peer[n]['difference']:.0e}"
                 if n in by_peer else "-" for n in ("Espalier", *names)]
        lines.append(f"| {result['title'].split(',')[0]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def versions():
    found = []
    for package in PACKAGES:
        try:
            found.append(f"{package} {metadata.version(package)}")
        except metadata.PackageNotFoundError:
            pass
    return ", ".join(found) + f", Python {platform.python_version()}"


def write(results):
    kind, model = processor()
    COMMITTED.mkdir(exist_ok=True)
    content = {"processor": model, "versions": versions(), "results": results}
    for result in results:
        for side in result["sides"]:
            side["losses"] = side["losses"][:3]
    (COMMITTED / f"{kind}.json").write_text(json.dumps(content, indent=1) + "\n")
    text = f"# {kind}\n\n{model}, 2 threads; {versions()}\n\n{table(results)}\n"
    (COMMITTED / f"{kind}.md").write_text(text)


def check(results):
    """0 unless a ratio's whole interval lies below the committed one of this class."""
    kind, _ = processor()
    path = COMMITTED / f"{kind}.json"
    if not path.exists():
        print(f"No committed results for {kind}: run `./dev bench peers --write` on such a machine.")
        return 0
    committed = {r["case"]: statistics.median(ratios(r)) for r in json.loads(path.read_text())["results"]}
    worse = []
    for result in results:
        ratio = ratios(result)
        if ratio and result["case"] in committed and interval(ratio)[1] < committed[result["case"]]:
            worse.append(f"{result['title']}: {statistics.median(ratio):.2f}x, committed {committed[result['case']]:.2f}x")
        if any(s["difference"] > 1e-3 for s in peers_of(result)):
            worse.append(f"{result['title']}: the sides did not do the same work")
    for line in worse:
        print("WORSE " + line)
    return 1 if worse else 0
