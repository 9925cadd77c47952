"""Times RMSprop of clstep and of other frameworks on the CPU, in turn. Installs the frameworks under
build/reference-venv (some 6 GB); the peer torch needs root and debootstrap."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import picture

PEERS = ["torch", "tensorflow", "optax", "paddle"]
SIZES = ["1x65536", "1x1048576", "1x16777216", "1x67108864", "1000x4096"]


class Peer:
    """A process that obeys scripts/peers/worker.py."""

    def __init__(self, name):
        subprocess.run(["scripts/bench-peers", "--prepare", name], check=True, stdout=sys.stderr)
        self.process = subprocess.Popen(["scripts/bench-peers", "--become", name], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.title, self.version, *self.variants = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench-peers: a peer ended with exit code {self.process.wait()}")
        return line.rstrip("\n").split("\t")

    def ask(self, *words):
        self.process.stdin.write("\t".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def open(self, tensors, elements):
        return [name for name in self.ask("open", tensors, elements) if name]

    def time(self, variant, repeats):
        seconds = statistics.median(float(self.ask("time", variant)[0]) for _ in range(repeats))
        time.sleep(0.1)  # threads of OpenMP go on spinning for a while, which slows the next
        return seconds

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def clstep(tensors, elements, repeats):
    """Its seconds, the memory-bound limit's, and all that it says."""
    said = subprocess.run(["build/clstep", "bench", "--model", f"{tensors}x{elements}", "--preset",
                           "torch", "--repeats", str(repeats), "--json"], check=True, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    row = json.loads(said)
    seconds = row["update_us"] * 1e-6
    return seconds, seconds * row["share"], row


def measure(peers, size, rounds, repeats):
    """Rows of one size: the times of every round under each contender's name."""
    tensors, elements = map(int, size.split("x"))
    times = {"clstep": [], "limit": []}
    entries = []
    for peer in peers:
        for variant in peer.open(tensors, elements):
            entries.append((peer, variant, f"{peer.title} {variant}"))
    row = None
    for turn in range(rounds):
        print(f"bench-peers: {size}, round {turn + 1} of {rounds}", file=sys.stderr)
        ours, limit, row = clstep(tensors, elements, repeats)
        times["clstep"].append(ours)
        times["limit"].append(limit)
        for k in range(len(entries)):
            peer, variant, name = entries[(turn + k) % len(entries)]
            times.setdefault(name, []).append(peer.time(variant, repeats))
    for peer in peers:
        peer.open(0, 1)  # gives the memory back
    return {"size": size, "tensors": tensors, "elements": tensors * elements, "times": times,
            "device": row["device"], "driver": row["driver"], "cores": os.cpu_count()}


def spread(values):
    values = sorted(values)
    return (statistics.median(values), values[len(values) // 4],
            values[(3 * len(values)) // 4 if len(values) > 1 else 0])


def print_table(rows, peers):
    names = list(dict.fromkeys(name for row in rows for name in row["times"] if name != "limit"))
    print(f"clstep on {rows[0]['device']}, PoCL {rows[0]['driver']}; "
          + "; ".join(f"{peer.title} {peer.version}" for peer in peers))
    print("Milliseconds a step (how many times clstep's, quartiles over the rounds).\n")
    print("| |" + "".join(f" {row['size']} |" for row in rows))
    print("|---|" + "---|" * len(rows))
    for name in names:
        cells = []
        for row in rows:
            times = row["times"]
            if name not in times:
                cells.append("-")
                continue
            cell = f"{statistics.median(times[name]) * 1e3:.3g}"
            if name != "clstep":
                middle, low, high = spread([a / b for a, b in zip(times[name], times["clstep"])])
                cell += f" ({middle:.1f}x, {low:.1f}-{high:.1f})"
            cells.append(cell)
        print(f"| {name} | " + " | ".join(cells) + " |")
    share = [f"{statistics.median(a / b for a, b in zip(r['times']['limit'], r['times']['clstep'])):.2f}"
             for r in rows]
    print("| clstep's share of the memory-bound limit | " + " | ".join(share) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench-peers", description=__doc__)
    parser.add_argument("--peers", default=",".join(PEERS), help="default: %(default)s")
    parser.add_argument("--sizes", default=",".join(SIZES),
                        help="TENSORSxELEMENTS with commas between them; default: %(default)s")
    parser.add_argument("--rounds", type=int, default=7,
                        help="how often each has its turn; default: %(default)s")
    parser.add_argument("--repeats", type=int, default=5,
                        help="steps timed in a turn, of which the median is taken; default: %(default)s")
    parser.add_argument("--json", help="a file for all that was measured")
    parser.add_argument("--plot", help="a picture, .svg or .png, such as docs/peers.svg")
    options = parser.parse_args()
    peers = [Peer(name) for name in options.peers.split(",")]
    rows = [measure(peers, size, options.rounds, options.repeats)
            for size in options.sizes.split(",")]
    print_table(rows, peers)
    for peer in peers:
        peer.close()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(rows, file, indent=1)
    if options.plot:
        picture.draw(rows, options.plot)


main()
