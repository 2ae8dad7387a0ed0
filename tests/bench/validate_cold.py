"""Cold `archc validate` against a script of five lines that validates a dict with one pydantic model.

    python -m tests.bench.validate_cold [--rounds 20] [--target 1.5]

Prints medians and ratios with warm bytecode (what a user has) and without any; exit 1 where the ratio of wall
times with warm bytecode is above the target.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.bench.timing import environments, in_turns, median, python, table

FIVE_LINES = """
from pydantic import BaseModel
class Model(BaseModel):
    name: str
    size: tuple[int, int]
print(Model.model_validate({"name": "net", "size": (360, 480)}))
"""


def main() -> int:
    """Measures, prints, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--target", type=float, default=1.5)
    parser.add_argument("--spec", default="specs/unet_camvid.toml")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "five.py"
        script.write_text(FIVE_LINES)
        commands = {
            "five lines of pydantic": python(str(script)),
            "archc validate": python("-m", "archc", "validate", chosen.spec),
            "python -c pass": python("-c", "pass"),
        }
        ratios = {}
        for state, env in environments(Path(folder) / "bytecode").items():
            spent = in_turns(commands, chosen.rounds, env)
            print(f"{state}, medians of {chosen.rounds} interleaved rounds:")
            print(table(spent, "five lines of pydantic"))
            ratios[state] = (
                median(spent["archc validate"]).wall / median(spent["five lines of pydantic"]).wall
            )
    reached = ratios["warm bytecode"] <= chosen.target
    print(f"ratio with warm bytecode {ratios['warm bytecode']:.2f}, target {chosen.target}: {reached}")
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
