"""Cold `archc validate` against a script of five lines that validates a dict with one pydantic model.

    python -m tests.bench.validate_cold [--rounds 20] [--targets 0.8 60]

Prints medians and ratios with warm bytecode (what a user has) and without any. Exit 1 where, with warm
bytecode, the ratio of wall times is above the first target, or the memory of a run above the second, in MB.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench.timing import Spent, environments, in_turns, median, python, table

FIVE_LINES = """
from pydantic import BaseModel
class Model(BaseModel):
    name: str
    size: tuple[int, int]
print(Model.model_validate({"name": "net", "size": (360, 480)}))
"""
ONE_MODEL, COLD = "five lines of pydantic", "archc validate"


def main() -> int:
    """Measures, prints, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--targets", type=float, nargs=2, default=(0.8, 60.0))
    parser.add_argument("--spec", default="specs/unet_camvid.toml")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        five = Path(folder) / "five.py"
        five.write_text(FIVE_LINES)
        commands = {
            ONE_MODEL: python(str(five)),
            COLD: python("-m", "archc", "validate", chosen.spec),
            "python -c pass": python("-c", "pass"),
        }
        found = {}
        for state, env in environments(Path(folder) / "bytecode").items():
            spent = in_turns(commands, chosen.rounds, env)
            print(f"{state}, medians of {chosen.rounds} interleaved rounds:")
            print(table(spent, ONE_MODEL))
            found[state] = {name: median(taken) for name, taken in spent.items()}
    return 0 if reached(found["warm bytecode"], *chosen.targets) else 1


def reached(found: dict[str, Spent], cold: float, memory: float) -> bool:
    """Prints each figure beside its target; whether all are met."""
    figures = (
        (f"{COLD} / {ONE_MODEL}", found[COLD].wall / found[ONE_MODEL].wall, cold),
        (f"{COLD}, peak MB", found[COLD].peak / 1e6, memory),
    )
    for what, figure, target in figures:
        print(f"  {what}: {figure:.2f}, target {target:g}{'' if figure <= target else ', MISSED'}")
    return all(figure <= target for _, figure, target in figures)


if __name__ == "__main__":
    sys.exit(main())
