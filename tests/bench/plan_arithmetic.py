"""Plan arithmetic in a running process: from a checked spec to the plan, and the front end's throughput.

    python -m tests.bench.plan_arithmetic [--rounds 50] [--specs 1000]

Exit 1 where lowering a resnet34 classifier or U-Net takes more than 5 ms.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time

from archc.plan.checks.all import check_plan, check_spec, second_look
from archc.plan.compile import compile_document
from archc.plan.lower.model import lower
from archc.source.document.document import read_text
from archc.source.document.load import load
from tests.bench.timing import repeated

TARGET = 5e-3
BODIES = (
    "resnet18",
    "resnet34",
    "vgg11_bn",
    "mobilenet_v2",
    "efficientnet_b0",
    "regnet_y_400mf",
    "densenet121",
)


def text(kind: str, body: str, size: tuple[int, int], classes: int) -> str:
    """A spec with its defaults."""
    head = f'archc = 1\n[input]\nsize = {list(size)}\n[model]\nkind = "{kind}"\nclasses = {classes}\n'
    return f'{head}[model.body]\nref = "torchvision/{body}"\n'


def stages(kind: str, rounds: int) -> bool:
    """Prints what each step of a resnet34 spec takes; whether lowering takes no more than the target."""
    source = text(kind, "resnet34", (360, 480), 11)
    document = read_text(source, "bench.toml")
    spec = load(document)
    plan = lower(spec)
    steps = {
        "read": lambda: read_text(source, "bench.toml"),
        "load": lambda: load(document),
        "lower": lambda: lower(spec),
        "check": lambda: (check_spec(spec), check_plan(spec, plan), second_look(spec, plan)),
    }
    taken = {name: repeated(step, rounds) for name, step in steps.items()}
    print(f"resnet34 {kind}, {len(plan.nodes)} nodes, median of {rounds}:")
    print("  " + ", ".join(f"{name} {spent.wall * 1e3:.2f} ms" for name, spent in taken.items()))
    return taken["lower"].wall <= TARGET


def throughput(count: int) -> None:
    """Prints how fast different valid specs go from text to checked plan in one process."""
    sizes = [(128 + 8 * i, 128 + 16 * j) for i in range(9) for j in range(9)]
    every = itertools.product(sizes, BODIES, ("classifier", "unet"), (5, 11))
    texts = [text(kind, body, size, classes) for size, body, kind, classes in itertools.islice(every, count)]
    assert len(set(texts)) == count
    start, cpu = time.perf_counter(), time.process_time()
    for number, source in enumerate(texts):
        compile_document(read_text(source, f"{number}.toml"))
    wall, spent = time.perf_counter() - start, time.process_time() - cpu
    print(f"{count} different specs of {len(BODIES)} bodies, half of them U-Nets, from text to checked plan:")
    print(f"  {wall:.2f} s, {count / wall:.0f} a second, {spent / count * 1e3:.1f} ms of CPU each")


def main() -> int:
    """Measures, prints, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--specs", type=int, default=1000)
    chosen = parser.parse_args()
    reached = [stages(kind, chosen.rounds) for kind in ("classifier", "unet")]
    throughput(chosen.specs)
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
