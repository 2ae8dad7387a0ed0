"""Inputs that no one would write, run through the command as a user runs it.

`python -m tests.generated.battering FIRST COUNT` does so for as many seeds and prints what came of it as
JSON: the statuses, the slowest run, the most memory, and each run that went wrong.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

from archc.cli import main
from tests.generated.mistakes import KINDS
from tests.generated.mutations import Path as DataPath
from tests.generated.mutations import places, put, without, written
from tests.generated.strategies import valid_spec
from tests.plan.test_no_traceback import VALUES

Draw = random.Random
LOOKS = ("full", "full", "concise", "json", "github", "sarif")
TOKENS = (
    *(
        "[",
        "]",
        "{",
        "}",
        "[[",
        "]]",
        "=",
        ",",
        ".",
        ":",
        "\n",
        " ",
        "#",
        '"',
        "'",
        '"""',
        "'''",
        "\\",
        "\\u00",
        "\t",
    ),
    *(
        "archc = 1",
        "archc",
        "input",
        "size",
        "model",
        "kind",
        "body",
        "ref",
        "head",
        "layers",
        "op",
        "[model.body]",
    ),
    *(
        "1",
        "-1",
        "0x",
        "1e999",
        "nan",
        "inf",
        "true",
        "null",
        "1979-05-27",
        "07:32:00",
        "'unet'",
        '"classifier"',
    ),
    *(
        "\r\n",
        "\0",
        "\x1b[31m",
        "\u202e",
        "é",
        "漢",
        "\U0001f600",
        "\ufeff",
        "[train]",
        "[[train.phases]]",
        "groups",
    ),
)


def a_text(seed: int) -> tuple[bytes, str]:
    """Bytes, and the suffix they are saved under."""
    draw = Draw(seed)
    suffix = draw.choice(("toml", "json"))
    kind = draw.random()
    if kind < 0.1:
        return draw.randbytes(draw.randrange(400)), suffix
    if kind < 0.25:
        return "".join(draw.choice(TOKENS) for _ in range(draw.randrange(120))).encode("utf-8"), suffix
    data = valid_spec(seed)
    if kind < 0.4:
        mistake = KINDS[draw.choice(sorted(KINDS))](draw, data)
        data = mistake.data if mistake else data
    elif kind < 0.8:
        for _ in range(draw.randint(1, 4)):
            data = _changed(draw, data)
    text = written(data, "json" if suffix == "json" else "toml", draw).text.encode("utf-8", "surrogatepass")
    return (_torn(draw, text) if kind > 0.75 else text), suffix


def _changed(draw: Draw, data: dict[str, Any]) -> dict[str, Any]:
    """The data with a value replaced, taken away, moved to another place, or doubled."""
    found = [path for path, _ in places(data)]
    if not found:
        return data
    path: DataPath = draw.choice(found)
    match draw.randrange(5):
        case 0:
            return without(data, path)
        case 1:
            inner = dict(places(data))[draw.choice(found)]
            return put(data, path, inner)
        case _:
            return put(data, path, draw.choice(VALUES))


def _torn(draw: Draw, text: bytes) -> bytes:
    """The text with pieces cut out, doubled, or replaced by noise."""
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(text) + 1)
        end = min(len(text), at + draw.randrange(30))
        piece = draw.choice((b"", text[at:end] * 2, draw.choice(TOKENS).encode(), draw.randbytes(3)))
        text = text[:at] + piece + text[end:]
    return text


def outcome(seed: int, folder: Path) -> tuple[int | str, float]:
    """The exit status, or what went wrong; and the CPU seconds that it took."""
    raw, suffix = a_text(seed)
    path = folder / f"case.{suffix}"
    path.write_bytes(raw)
    look = LOOKS[seed % len(LOOKS)]
    out = io.StringIO()
    start = time.process_time()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status: int | str = main(["validate", "--format", look, str(path)])
    except BaseException:
        return f"seed {seed} ({look}): {traceback.format_exc()[-700:]}", 0.0
    seconds = time.process_time() - start
    said = out.getvalue()
    if status not in (0, 1, 2):
        status = f"seed {seed}: status {status}"
    if any(not c.isprintable() and c != "\n" for c in said):
        status = f"seed {seed} ({look}): raw characters in {said!r}"
    if len(said.encode()) > (8_192 if look in ("full", "concise") else 65_536):
        status = f"seed {seed} ({look}): {len(said.encode())} bytes"
    return status, seconds


def peak_megabytes() -> float:
    """The most memory that this program held; `getrusage` would count what its parent held before it."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def batter(first: int, count: int, folder: Path) -> dict[str, Any]:
    """What came of as many seeds."""
    statuses: Counter[str] = Counter()
    slowest, wrong = (0.0, 0), []
    for seed in range(first, first + count):
        status, seconds = outcome(seed, folder)
        statuses[str(status) if isinstance(status, int) else "wrong"] += 1
        slowest = max(slowest, (seconds, seed))
        if isinstance(status, str):
            wrong.append(status)
    return {
        "statuses": statuses,
        "slowest": slowest,
        "megabytes": peak_megabytes(),
        "wrong": wrong[:20],
    }


if __name__ == "__main__":
    print(json.dumps(batter(int(sys.argv[1]), int(sys.argv[2]), Path.cwd())))
