"""Runs `archc validate` on many texts and prints what came of each as a line of JSON.

Each has a process of its own, forked from one that has imported what validation needs; a fresh interpreter
runs this, so that the figures are archc's. `python -m tests.hostile.driver NAME...` with the formats in the
variable FORMATS; without names, all of `BOMBS`.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Any

from archc.cli import main
from tests.hostile.bombs import BOMBS

CPU_SECONDS = 10
ADDRESS_SPACE = 600 << 20
WARM = """archc = 1
input.size = [64, 64]
model = { kind = "classifier", classes = 2, body.ref = "torchvision/resnet18" }
"""


def outcome(text: str, folder: Path, look: str) -> dict[str, Any]:
    """Exit status, CPU seconds, peak memory and output of `archc validate` on a text."""
    path = folder / ("bomb.json" if text.startswith("{") else "bomb.toml")
    path.write_text(text, "utf-8", "surrogatepass")
    said = io.StringIO()
    start = time.process_time()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status: int | str = main(["validate", "--format", look, str(path)])
    except BaseException:
        status = traceback.format_exc()[-400:]
    return {
        "status": status,
        "seconds": time.process_time() - start,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "said": said.getvalue(),
    }


def forked(name: str, folder: Path, look: str) -> dict[str, Any]:
    """The same in a process that the system ends at ten seconds or 600 MB."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ours)
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        with os.fdopen(theirs, "w") as answer:
            json.dump(outcome(BOMBS[name], folder, look), answer)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as answer:
        told = answer.read()
    _, ended = os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(told) if told else {"status": f"ended by {ended}", "said": ""}
    return {"name": name, "format": look, **found}


def warm(folder: Path) -> None:
    """Whatever is imported at first use."""
    for text in (WARM, WARM + "x = 1\n", "{", "a = "):
        outcome(text, folder, "full")


if __name__ == "__main__":
    here = Path.cwd()
    warm(here)
    for look in os.environ.get("FORMATS", "full").split():
        for name in sys.argv[1:] or list(BOMBS):
            print(json.dumps(forked(name, here, look)), flush=True)
