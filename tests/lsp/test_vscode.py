"""The extension for VS Code names what there is."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from archc.cli.commands import COMMANDS
from archc.source.document.discovery import CERTAIN

FOLDER = Path(__file__).parents[2] / "editors" / "vscode"


def test_its_manifest_fits_the_command_line_and_the_files() -> None:
    manifest = json.loads((FOLDER / "package.json").read_text("utf-8"))
    assert (FOLDER / manifest["main"]).is_file()
    setting = manifest["contributes"]["configuration"]["properties"]["archc.server.command"]
    assert setting["default"] == ["archc", "lsp"]
    assert "lsp" in COMMANDS
    extensions = [e for each in manifest["contributes"]["languages"] for e in each["extensions"]]
    assert sorted(extensions) == sorted(CERTAIN)
    # a workspace that nobody trusts may not choose which program is started
    assert manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] == [
        "archc.server.command"
    ]


_STUBS = """
const load = require("module")._load;
const made = [], shown = [];
class LanguageClient {
  constructor(...given) { made.push(given); }
  async start() {
    if (process.argv[2] === "missing") throw new Error("spawn archc ENOENT");
    this.runs = true;
  }
  isRunning() { return this.runs; }
  async stop() { this.runs = false; }
}
const vscode = {
  workspace: {
    workspaceFolders: [{ uri: { fsPath: "/w" } }],
    getConfiguration: () => ({ get: () => ["${workspaceFolder}/.venv/bin/archc", "lsp"] }),
    createFileSystemWatcher: (pattern) => pattern,
    onDidChangeConfiguration: () => ({}),
  },
  commands: { registerCommand: () => ({}) },
  window: { showErrorMessage: (message) => shown.push(message) },
};
const stubs = { vscode, "vscode-languageclient/node": { LanguageClient } };
require("module")._load = (name, ...rest) => stubs[name] ?? load(name, ...rest);
const extension = require(process.argv[1]);
extension.activate({ subscriptions: [] }).then(extension.deactivate).then(() =>
  console.log(JSON.stringify({ server: made[0][2], shown })));
"""


@pytest.mark.parametrize("case", ["there", "missing"])
def test_it_starts_the_command_of_the_setting(case: str) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    script = str(FOLDER / "extension.js")
    done = subprocess.run([node, "-e", _STUBS, script, case], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    assert said["server"] == {"command": "/w/.venv/bin/archc", "args": ["lsp"]}
    assert ["pip install" in message for message in said["shown"]] == ([True] if case == "missing" else [])
