"""What all peers' programs do: they obey lines of text, so that one who drives several can time them
in turn. Standard output is for the answers alone."""

import os
import sys
import time


def serve(name, version, variants):
    """`variants`: a dictionary from names to functions that take (tensors, elements) and return a
    function that does one whole step and waits for it; or None where that size is not for it."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(text):
        print(text, file=answers, flush=True)

    answer(f"{name}\t{version}\t" + "\t".join(variants))
    steps = {}
    for line in sys.stdin:
        word, *rest = line.rstrip("\n").split("\t")
        if word == "open":
            steps.clear()
            tensors, elements = map(int, rest)
            for variant, make in variants.items() if tensors else ():
                step = prepare(variant, make, tensors, elements)
                if step:
                    steps[variant] = step
            answer("\t".join(steps))
        elif word == "time":
            start = time.perf_counter()
            steps[rest[0]]()
            answer(time.perf_counter() - start)


def prepare(variant, make, tensors, elements):
    """A framework that cannot do a thing here is left out of it, and says why."""
    try:
        step = make(tensors, elements)
        if step:
            step()
        return step
    except Exception as reason:  # of any kind: frameworks have their own
        said = str(reason).strip().splitlines() or [type(reason).__name__]
        print(f"bench-peers: {variant}: {said[0]}", file=sys.stderr)
        return None


def gradients(tensors, elements):
    """Seeded numbers in (-1, 1), one array of fp32 for each tensor."""
    import numpy
    random = numpy.random.default_rng(2012)
    block = random.uniform(-1, 1, min(elements, 1 << 20)).astype(numpy.float32)
    return [numpy.resize(block, elements) for _ in range(tensors)]
