"""Cold `archc validate` against a script of five lines that validates a dict with one pydantic model; and
once more, the file unchanged, against a script that imports argparse and tomllib and parses the file.

    python -m tests.bench.validate_cold [--rounds 20] [--targets 1.0 1.5 60]

Prints medians and ratios with warm bytecode (what a user has) and without any. Exit 1 where, with warm
bytecode, a ratio of wall times is above its target (the first two), or the memory of a cold run above the
third, in MB. Verdicts that are kept are forgotten before each round: its first run is cold, its second knows.
"""

from __future__ import annotations

import argparse
import shutil
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
PARSED = """
import argparse, sys, tomllib
with open(sys.argv[1], "rb") as file:
    tomllib.load(file)
"""
ONE_MODEL, PARSE = "five lines of pydantic", "argparse + tomllib"
COLD, AGAIN = "archc validate", "archc validate, unchanged"


def main() -> int:
    """Measures, prints, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--targets", type=float, nargs=3, default=(1.0, 1.5, 60.0))
    parser.add_argument("--spec", default="specs/unet_camvid.toml")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        five, parse, cache = Path(folder) / "five.py", Path(folder) / "parse.py", Path(folder) / "cache"
        five.write_text(FIVE_LINES)
        parse.write_text(PARSED)
        validate = python("-m", "archc", "validate", chosen.spec)
        commands = {
            ONE_MODEL: python(str(five)),
            COLD: validate,
            PARSE: python(str(parse), chosen.spec),
            AGAIN: validate,
            "python -c pass": python("-c", "pass"),
        }
        found = {}
        for state, env in environments(Path(folder) / "bytecode").items():
            env = env | {"ARCHC_CACHE": str(cache)}
            env.pop("ARCHC_NO_CACHE", None)
            spent = in_turns(
                commands, chosen.rounds, env, before=lambda: shutil.rmtree(cache, ignore_errors=True)
            )
            print(f"{state}, medians of {chosen.rounds} interleaved rounds:")
            print(table(spent, ONE_MODEL))
            found[state] = {name: median(taken) for name, taken in spent.items()}
    return 0 if reached(found["warm bytecode"], *chosen.targets) else 1


def reached(found: dict[str, Spent], cold: float, again: float, memory: float) -> bool:
    """Prints each figure beside its target; whether all are met."""
    figures = (
        (f"{COLD} / {ONE_MODEL}", found[COLD].wall / found[ONE_MODEL].wall, cold),
        (f"{AGAIN} / {PARSE}", found[AGAIN].wall / found[PARSE].wall, again),
        (f"{COLD}, peak MB", found[COLD].peak / 1e6, memory),
    )
    for what, figure, target in figures:
        print(f"  {what}: {figure:.2f}, target {target:g}{'' if figure <= target else ', MISSED'}")
    return all(figure <= target for _, figure, target in figures)


if __name__ == "__main__":
    sys.exit(main())
