"""Export every example spec, run the files in other runtimes and tools, and print how far each one is off.

    python -m tests.interop [--envs FOLDER] [SPEC ...]

Each runtime gets an environment of its own, made with venv and pip, so that archc's stays as it is; `--envs`
keeps them for the next time. Numbers are scaled errors against torch, the worst over batches and sizes.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.interop.models import write_models

RUNNERS = Path(__file__).parent / "runners"


@dataclass(frozen=True, slots=True)
class Column:
    """A runtime or tool: what to install for it, what runs it, at which opset, and how far it may be off."""

    title: str
    packages: tuple[str, ...]
    runner: str
    opset: int
    bound: float


OLD = ("onnxruntime==1.17.3", "numpy<2")
TOOLS = ("onnxruntime", "onnx", "sympy", "numpy")
COLUMNS = (
    Column("onnxruntime 1.17.3", OLD, "run_onnxruntime.py", 18, 1e-4),
    Column("newest, opset 18", TOOLS, "run_onnxruntime.py", 18, 1e-4),
    Column("newest, opset 26", TOOLS, "run_onnxruntime.py", 26, 1e-4),
    Column("OpenVINO", ("openvino", "numpy"), "run_openvino.py", 20, 1e-4),
    Column("OpenCV", ("opencv-python-headless", "numpy"), "run_opencv.py", 18, 1e-4),
    Column("int8 QDQ, QOperator", TOOLS, "run_quantized.py", 20, 0.3),
    Column("float16", TOOLS, "run_float16.py", 20, 1e-2),
    Column("prepared for int8", TOOLS, "run_prepared.py", 20, 1e-4),
)


def main() -> int:
    """Print the table; return 1 where a cell is beyond its bound or failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop", description=__doc__)
    parser.add_argument("--envs", type=Path, help="keep the environments in this folder")
    parser.add_argument("specs", nargs="*")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        models = Path(scratch) / "models"
        models.mkdir()
        names = list(write_models(models, arguments.specs))
        print("| spec |", " | ".join(c.title for c in COLUMNS), "|")
        print("|---|" + "---|" * len(COLUMNS))
        cells = {c: _column(c, models, names, arguments.envs or Path(scratch)) for c in COLUMNS}
    for name in names:
        print(f"| {name} |", " | ".join(cells[c].get(name, "ended") for c in COLUMNS), "|")
    return int(any("e-" not in cells[c].get(name, "") for c in COLUMNS for name in names))


def _column(column: Column, models: Path, names: Iterable[str], envs: Path) -> dict[str, str]:
    """What each model's cell says: its error, or what went wrong."""
    asked = [[str(models / f"{n}.{column.opset}.onnx"), str(models / f"{n}.npz")] for n in names]
    command = [str(_python(column, envs)), str(RUNNERS / column.runner), json.dumps(asked)]
    quiet = {**os.environ, "OMP_NUM_THREADS": "1", "ORT_DISABLE_TELEMETRY": "1"}
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=quiet)
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"model"')]
    return {Path(one["model"]).name.split(".")[0]: _cell(one, column.bound) for one in said}


def _cell(said: dict[str, object], bound: float) -> str:
    if "failed" in said:
        return f"failed: {said['failed']}"
    error = float(str(said["error"]))
    return f"{error:.1e}" if error <= bound else f"off by {error:.3g}"


def _python(column: Column, envs: Path) -> Path:
    """The interpreter of the column's environment, made where it is not there yet."""
    home = envs / "-".join(column.packages).replace("=", "").replace("<", "")
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "-q", "install", *column.packages], check=True)
    return python


if __name__ == "__main__":
    sys.exit(main())
