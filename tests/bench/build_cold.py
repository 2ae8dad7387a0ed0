"""Import and build of resnet34, each in a new process: archc's linked body, torch alone, torchvision.

    python -m tests.bench.build_cold [--rounds 10] [--states warm]

archc builds from the spec's text, with random numbers (`build`) and without (`build, no numbers`: what a file
of weights is put into). Exit 1 where a target is missed with warm bytecode: at most 1.1 times `import torch`,
at most half of torchvision's way.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench.timing import environments, in_turns, median, python, table

SPEC = r"archc = 1\n[input]\nsize = [224, 224]\n[model]\nkind = \"classifier\"\nclasses = 1000\n"
BODY = r"[model.body]\nref = \"torchvision/resnet34\"\ncut = \"fc\"\n[model.head]\nlayers = []\n"
ARCHC = f"""
from archc.modules.build import build
from archc.plan.compile import compile_document
from archc.source.document.document import read_text
plan = compile_document(read_text("{SPEC}{BODY}", "bench.toml")).plan
net = build(plan, initialize=%s)
assert sum(p.numel() for p in net.parameters()) == 21797672
"""
TORCHVISION = """
from torchvision.models import resnet34
net = resnet34()
assert sum(p.numel() for p in net.parameters()) == 21797672
"""


def main() -> int:
    """Measures, prints, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--states", choices=("both", "warm", "none"), default="both")
    chosen = parser.parse_args()
    commands = {
        "import torch": python("-c", "import torch"),
        "archc: import + build, no numbers": python("-c", ARCHC % False),
        "archc: import + build": python("-c", ARCHC % True),
        "torchvision: import + build": python("-c", TORCHVISION),
    }
    missed = False
    with tempfile.TemporaryDirectory() as folder:
        for state, env in environments(Path(folder) / "bytecode").items():
            if chosen.states not in ("both", state.partition(" ")[0].replace("no", "none")):
                continue
            spent = in_turns(commands, chosen.rounds, env)
            print(f"{state}, medians of {chosen.rounds} interleaved rounds:")
            print(table(spent, "import torch"))
            ours = median(spent["archc: import + build, no numbers"])
            against = [
                ("import torch", median(spent["import torch"]), 1.1),
                ("torchvision", median(spent["torchvision: import + build"]), 0.5),
            ]
            for name, theirs, target in against:
                wall, cpu = ours.wall / theirs.wall, ours.cpu / theirs.cpu
                print(f"  archc (no numbers) / {name}: wall {wall:.2f}, CPU {cpu:.2f}, target {target}")
                missed |= state == "warm bytecode" and wall > target
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
