"""A client of the language server in a process of its own, which notes what is said."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

PATIENCE = 60.0
"""Seconds that an answer may take on a busy machine."""

TEXT_DOCUMENT = {
    "completion": {"completionItem": {"snippetSupport": True}},
    "publishDiagnostics": {"relatedInformation": True},
}


class Client:
    """Speaks JSON-RPC over the server's standard streams.

    Attributes:
        said: every message so far with who sent it, in order.
    """

    def __init__(
        self,
        *,
        encodings: tuple[str, ...] = ("utf-16",),
        command: tuple[str, ...] = (sys.executable, "-m", "archc", "lsp"),
    ) -> None:
        self.server = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        self.encodings = encodings
        self.said: list[tuple[str, dict[str, Any]]] = []
        self.arrived: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.waiting: list[dict[str, Any]] = []
        self.number = self.version = 0
        self.errors: list[bytes] = []
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._read_errors, daemon=True).start()

    def __enter__(self) -> Self:
        self.capabilities = self.ask(
            "initialize",
            {
                "processId": None,
                "rootUri": None,
                "capabilities": {
                    "general": {"positionEncodings": list(self.encodings)},
                    "textDocument": TEXT_DOCUMENT,
                },
            },
        )["capabilities"]
        self.tell("initialized", {})
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.server.poll() is None and kind is None:
            self.ask("shutdown", None)
            self.tell("exit", None)
        else:
            self.server.kill()
        self.server.wait(PATIENCE)

    def ask(self, method: str, params: Any) -> Any:
        """The result of a request; an error is raised."""
        self.number += 1
        number = self.number
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        answer = self._next(lambda message: message.get("id") == number and "method" not in message)
        assert "error" not in answer, answer
        return answer["result"]

    def tell(self, method: str, params: Any) -> None:
        """Sends a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def wait_for(self, method: str) -> Any:
        """What the next notification of the server with this name says."""
        return self._next(lambda message: message.get("method") == method)["params"]

    def open(self, uri: str, text: str, language: str = "toml") -> list[dict[str, Any]]:
        """Opens a text and returns its diagnostics."""
        self.version += 1
        document = {"uri": uri, "languageId": language, "version": self.version, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})
        return self.checked(uri, self.version)

    def change(self, uri: str, text: str) -> int:
        """Replaces the text; the version that it has then."""
        self.version += 1
        document = {"uri": uri, "version": self.version}
        self.tell("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})
        return self.version

    def checked(self, uri: str, version: int | None) -> list[dict[str, Any]]:
        """The diagnostics of a version of a text."""
        said = {"method": "textDocument/publishDiagnostics", "uri": uri, "version": version}
        found: list[dict[str, Any]] = self._next(lambda message: _published(message) == said)["params"][
            "diagnostics"
        ]
        return found

    def at(self, method: str, uri: str, line: int, character: int) -> Any:
        """The result of a request about a position."""
        position = {"line": line, "character": character}
        return self.ask(method, {"textDocument": {"uri": uri}, "position": position})

    def _send(self, message: dict[str, Any]) -> None:
        self.said.append(("client", message))
        body = json.dumps(message).encode()
        assert self.server.stdin is not None
        self.server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.server.stdin.flush()

    def _next(self, wanted: Any) -> dict[str, Any]:
        for index, message in enumerate(self.waiting):
            if wanted(message):
                return self.waiting.pop(index)
        while True:
            try:
                message = self.arrived.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError(f"no answer; unread are {self.waiting}") from None
            assert message is not None, b"".join(self.errors).decode()
            self.said.append(("server", message))
            if wanted(message):
                return message
            self.waiting.append(message)

    def _read(self) -> None:
        assert self.server.stdout is not None
        while (message := _message(self.server.stdout)) is not None:
            self.arrived.put(message)
        self.arrived.put(None)

    def _read_errors(self) -> None:
        assert self.server.stderr is not None
        self.errors.extend(self.server.stderr)


def _published(message: dict[str, Any]) -> dict[str, Any]:
    params = message.get("params")
    held = params if isinstance(params, dict) else {}
    return {"method": message.get("method"), "uri": held.get("uri"), "version": held.get("version")}


def _message(stream: IO[bytes]) -> dict[str, Any] | None:
    length = 0
    while (line := stream.readline().strip()) or not length:
        if not line and not stream.peek(1):  # type: ignore[attr-defined]  # a pipe is buffered
            return None
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    message: dict[str, Any] = json.loads(stream.read(length))
    return message
