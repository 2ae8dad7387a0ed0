"""A session with the language server, for people to read: `python -m tests.lsp.session [--json]`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from tests.lsp.client import Client

T = TypeVar("T")
URI = "file:///project/unet.arch.toml"
TEXT = """\
archc = 1

[input]
size = [120, 160]

[model]
kind = "unet"
classes = 11

[model.body]
ref = "torchvision/resnet18"

[[model.decoder.stages]]
skip = "layer3"
layers = [
    { op = "conv2d", out_channels = 128, kernel_size = 3 },
    { op = "relu" },
]
"""
FAULTY = TEXT.replace('skip = "layer3"', 'skip = "layer2"')
TWO = TEXT.replace("classes", "clases").replace("kernel_size", "kernal_size")
HALF = TEXT.replace("kernel_size = 3 }", "")
TYPED = TEXT.replace('{ op = "relu" }', "{ op = ")


def play(client: Client) -> dict[str, Any]:
    """What a fault, its repair, a pointer over a layer and a half-typed line are answered with."""
    found: dict[str, Any] = {"diagnostics": client.open(URI, FAULTY)}
    found["diagnostics of several faults"] = client.checked(URI, client.change(URI, TWO))
    everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
    found["quick fixes"] = client.ask(
        "textDocument/codeAction",
        {"textDocument": {"uri": URI}, "range": everything, "context": {"diagnostics": []}},
    )
    found["repaired"] = client.checked(URI, client.change(URI, TEXT))
    found["hover on conv2d"] = client.at("textDocument/hover", URI, 15, 14)
    found["hover on ref"] = client.at("textDocument/hover", URI, 10, 14)
    found["inlay hints"] = client.ask(
        "textDocument/inlayHint", {"textDocument": {"uri": URI}, "range": everything}
    )
    found["symbols"] = client.ask("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
    client.change(URI, HALF)
    found["completion of a key"] = client.at("textDocument/completion", URI, 15, 41)
    client.change(URI, TYPED)
    found["completion of an op"] = client.at("textDocument/completion", URI, 16, 11)
    found["hints while typing"] = client.ask(
        "textDocument/inlayHint", {"textDocument": {"uri": URI}, "range": everything}
    )
    return found


def readable(found: dict[str, Any]) -> str:
    """The answers without positions, one a line."""
    lines: list[str] = []
    for name, answer in found.items():
        lines.append(f"== {name}")
        lines += _shown(answer)
    return "\n".join(lines) + "\n"


def _shown(answer: Any) -> list[str]:
    if isinstance(answer, dict) and "items" in answer:
        items = answer["items"]
        return [_item(item) for item in items[:8]] + [f"... {len(items)} in all"]
    if isinstance(answer, dict) and "contents" in answer:
        return [str(answer["contents"]["value"])]
    return [_item(each) for each in answer or ["nothing"]]


def _item(item: Any) -> str:
    if not isinstance(item, dict):
        return str(item)
    if "message" in item:
        start = item["range"]["start"]
        also = [f"\n  also {_item(each | {'range': each['location']['range']})}" for each in _related(item)]
        return f"{start['line']}:{start['character']} {item.get('code', '')} {item['message']}" + "".join(
            also
        )
    if "title" in item:
        return f"{item['title']}: {[edit['newText'] for edit in item['edit']['changes'][URI]]}"
    if "position" in item:
        return f"line {item['position']['line']}: {item['label']}"
    inside = ", ".join(_item(each) for each in item.get("children", ()))
    label = item.get("label") or item.get("name")
    return f"{label} {item.get('detail', '')}" + (f" ({inside})" if inside else "")


def _related(item: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = item.get("relatedInformation", [])
    return found


def _timed(name: str, times: dict[str, float], act: Callable[[], T]) -> T:
    start = time.perf_counter()
    result = act()
    times[name] = (time.perf_counter() - start) * 1000
    return result


def main() -> None:
    """Prints the session; with `--json` every message, one a line; with `--times` how long answers took."""
    if "--times" in sys.argv:
        print(json.dumps(times(), indent=1))
        return
    with Client() as client:
        found = play(client)
    if "--json" in sys.argv:
        for who, message in client.said:
            print(json.dumps({who: message}))
    else:
        print(readable(found), end="")


def times() -> dict[str, float]:
    """Milliseconds for the start and for each request, the second time it is asked, of `specs/` U-Net."""
    from pathlib import Path

    text = (Path(__file__).parents[2] / "specs" / "unet_camvid.toml").read_text()
    found: dict[str, float] = {}
    client = Client()
    _timed("initialize", found, client.__enter__)
    _timed("first diagnostics", found, lambda: client.open(URI, text))
    for index, number in enumerate(("", " again")):
        changed = f"{text}# {index}\n"
        _timed("diagnostics" + number, found, lambda t=changed: client.open(URI, t))  # type: ignore[misc]
        everything = {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}
        asked = {"textDocument": {"uri": URI}, "range": everything}
        _timed("inlay hints" + number, found, lambda a=asked: client.ask("textDocument/inlayHint", a))  # type: ignore[misc]
        for name in ("hover", "completion"):
            _timed(name + number, found, lambda n=name: client.at(f"textDocument/{n}", URI, 13, 10))  # type: ignore[misc]
    client.__exit__(None, None, None)
    return {name: round(value, 1) for name, value in found.items()}


if __name__ == "__main__":
    main()
