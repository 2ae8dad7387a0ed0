"""The server in a process of its own, talked to as an editor does."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archc.record.text import text_of
from tests.lsp import session
from tests.lsp.client import Client

if importlib.util.find_spec("pygls") is None:
    pytest.skip("needs pygls, of the extra `lsp`", allow_module_level=True)

ROOT = Path(__file__).parents[2]
URI = "file:///project/model.arch.toml"
RECORDED = Path(__file__).with_name("session.txt")
EVERYTHING = {"start": {"line": 0, "character": 0}, "end": {"line": 999, "character": 0}}
PUBLISH = "textDocument/publishDiagnostics"


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with Client() as started:
        yield started


def spec(name: str) -> str:
    return (ROOT / "specs" / f"{name}.toml").read_text("utf-8")


def test_it_says_what_it_can(client: Client) -> None:
    can = client.capabilities
    assert can["positionEncoding"] == "utf-16"
    assert can["textDocumentSync"]["change"] == 1  # whole texts
    for feature in ("hover", "inlayHint", "documentSymbol", "definition", "documentFormatting", "codeAction"):
        assert can[f"{feature}Provider"], feature
    assert '"' in can["completionProvider"]["triggerCharacters"]


def test_the_recorded_session(client: Client) -> None:
    """`python -m tests.lsp.session > tests/lsp/session.txt` records it anew."""
    assert session.readable(session.play(client)) == RECORDED.read_text("utf-8")


def test_a_fault_stands_on_its_token_behind_astral_characters(client: Client) -> None:
    text = spec("digits").replace('kind = "digits"', 'kind = "😀digits"')
    (found,) = [each for each in client.open(URI, text) if each["severity"] == 1]
    line = text.splitlines()[found["range"]["start"]["line"]]
    units = line.encode("utf-16-le")
    start, end = (2 * found["range"][side]["character"] for side in ("start", "end"))
    assert units[start:end].decode("utf-16-le") == '"😀digits"'
    assert found["source"] == "archc"


def test_bytes_where_the_client_counts_them() -> None:
    text = "archc = 1\nname = '😀' # \nnamee = 1\n".replace("# \n", "").replace("namee", "; namee")
    with Client(encodings=("utf-8",)) as client:
        assert client.capabilities["positionEncoding"] == "utf-8"
        (found,) = client.open(URI, text)
        line = text.splitlines()[found["range"]["start"]["line"]].encode()
        assert line[found["range"]["start"]["character"] :].decode().startswith(";")


def test_two_places_and_a_repair(client: Client) -> None:
    text = spec("pets_resnet34").replace("cut =", "cutt =")
    (found,) = client.open(URI, text)
    assert found["code"] == "ARC101"
    asked = {"textDocument": {"uri": URI}, "range": found["range"], "context": {"diagnostics": [found]}}
    (repair, *_) = client.ask("textDocument/codeAction", asked)
    assert repair["title"] == "Rename it to `cut`"
    assert repair["isPreferred"]
    (edit,) = repair["edit"]["changes"][URI]
    assert edit["range"]["start"]["line"] == found["range"]["start"]["line"]


def test_a_change_is_checked_after_a_pause_and_a_save_at_once(client: Client) -> None:
    good = spec("digits")
    assert client.open(URI, good) == []
    before = len(client.said)
    for text in (good + "[", good + "[a", good + "oops = 1\n"):
        last = client.change(URI, text)
    assert [each["code"] for each in client.checked(URI, last)] == ["ARC101"]
    said = [message for who, message in client.said[before:] if message.get("method") == PUBLISH]
    assert len(said) == 1  # one answer for three quick changes
    version = client.change(URI, good)
    client.tell("textDocument/didSave", {"textDocument": {"uri": URI}})
    assert client.checked(URI, version) == []


def test_names_of_the_last_plan_are_offered_while_the_text_is_broken(client: Client) -> None:
    text = spec("pets_resnet34")
    client.open(URI, text)
    broken = text.replace('train = ["head"]', 'train = ["')
    client.change(URI, broken)
    lines = broken.splitlines()
    number = lines.index('train = ["')
    found = client.at("textDocument/completion", URI, number, len(lines[number]))
    assert "body.early" in [item["label"] for item in found["items"]]
    hints = client.ask("textDocument/inlayHint", {"textDocument": {"uri": URI}, "range": EVERYTHING})
    assert hints == []  # shapes of another text would be wrong


def test_other_files_are_left_alone(client: Client) -> None:
    uri = "file:///project/pyproject.toml"
    assert client.open(uri, '[project]\nname = "x"\nunknown = 1\n') == []
    assert client.at("textDocument/hover", uri, 1, 1) is None
    assert client.at("textDocument/completion", uri, 1, 1) is None


def test_json_and_texts_without_a_file(client: Client) -> None:
    text = '{"archc": 1, "input": {"size": [8, 8]}, "model": {"kind": "classifer"}}'
    (wrong,) = client.open("untitled:Untitled-1", text, "json")
    assert wrong["range"]["start"]["character"] == text.index('"classifer"')
    found = client.at("textDocument/completion", "untitled:Untitled-1", 0, text.index("classifer") + 2)
    assert "classifier" in [item["label"] for item in found["items"]]


def test_a_record_made_meanwhile_is_seen(client: Client, tmp_path: Path) -> None:
    uri = (tmp_path / "own.arch.toml").as_uri()
    text = spec("unet_nearest").replace("torchvision/", "timm/")
    assert [each["code"] for each in client.open(uri, text)] == ["ARC201"]
    record = json.loads((ROOT / "archc/bodies/data/torchvision/resnet18.json").read_text("utf-8"))
    record["ref"] = record["ref"].replace("torchvision/", "timm/")
    folder = tmp_path / "archc_bodies" / "timm"
    folder.mkdir(parents=True)
    (folder / f"{record['ref'].partition('/')[2]}.json").write_text(text_of(record))
    change: Any = {"changes": [{"uri": folder.as_uri(), "type": 1}]}
    client.tell("workspace/didChangeWatchedFiles", change)
    assert "ARC201" not in [each["code"] for each in client.checked(uri, client.version)]
    client.tell("textDocument/didClose", {"textDocument": {"uri": uri}})


def test_hostile_texts_leave_it_alive(client: Client) -> None:
    for text in (
        "archc = 1\n" + "[" * 200_000,
        'archc = 1\nx = "\ud800"',
        "archc = 1\n" + "x" * 1_000_000,
        "\0",
    ):
        client.open(URI, text)
        client.at("textDocument/hover", URI, 1, 3)
        client.at("textDocument/completion", URI, 1, 3)
        client.ask("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
    assert client.open(URI, spec("digits")) == []


def test_a_bug_of_ours_is_logged_and_answered_with_nothing() -> None:
    program = (
        "import archc.lsp.server as server\n"
        "def failing(*given): raise ZeroDivisionError('a bug')\n"
        "server.hover = failing\n"
        "server.serve()\n"
    )
    with Client(command=(sys.executable, "-c", program)) as client:
        client.open(URI, spec("digits"))
        assert client.at("textDocument/hover", URI, 0, 1) is None
        logged = client.wait_for("window/logMessage")
        assert "textDocument/hover failed" in logged["message"]
        assert "ZeroDivisionError: a bug" in logged["message"]
        assert client.at("textDocument/completion", URI, 0, 1) is not None


def test_links_to_the_pages_of_codes() -> None:
    command = (sys.executable, "-m", "archc", "lsp", "--stdio", "--docs-url", "https://example.org/codes/")
    with Client(command=command) as client:
        (found,) = client.open(URI, spec("digits") + "oops = 1\n")
        assert found["codeDescription"]["href"] == "https://example.org/codes/ARC101.md"


def test_it_ends_with_its_client() -> None:
    client = Client()
    with client:
        pass
    assert client.server.returncode == 0
    left_alone = Client()
    left_alone.__enter__()
    assert left_alone.server.stdin is not None
    left_alone.server.stdin.close()  # the editor was killed
    assert left_alone.server.wait(60) is not None


def test_without_its_extra_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['lsprotocol'] = None; from archc.cli import main; sys.exit(main(['lsp']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, input="")
    assert done.returncode == 2
    assert (
        done.stderr
        == "error: this needs lsprotocol, which is not installed: pip install '.[lsp]' in a clone of archc\n"
    )


def test_it_never_loads_a_tensor_library() -> None:
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "import archc.lsp.server\n"
        "from archc.lsp.analysis import analyzed, draft_of\n"
        "from archc.lsp.hints import hints\n"
        f"text = Path({str(ROOT / 'specs' / 'unet_camvid.toml')!r}).read_text()\n"
        "assert hints(draft_of(text, 'a.toml'), analyzed(text, 'a.toml'))\n"
        "print([m for m in ('torch', 'torchvision', 'numpy', 'onnx', 'pydantic') if m in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "[]"
