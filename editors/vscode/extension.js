// Starts `archc lsp` and connects it to the editor. What is known of specs is known there, not here.
"use strict";

const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

/** The running client, if any. */
let client;

/** The command with `${workspaceFolder}` put in, as an executable and its arguments. */
function command() {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "";
  const words = vscode.workspace.getConfiguration("archc").get("server.command", ["archc", "lsp"]);
  const [executable, ...args] = words.map((word) => word.replaceAll("${workspaceFolder}", folder));
  return { command: executable, args };
}

/** The server leaves alone what is no spec, so that every TOML and JSON file may be shown to it. */
function options() {
  const kinds = [
    ...["file", "untitled"].flatMap((scheme) =>
      ["toml", "json", "jsonc"].map((language) => ({ scheme, language }))
    ),
    { scheme: "file", pattern: "**/*.arch.toml" },
    { scheme: "file", pattern: "**/*.arch.json" },
  ];
  return {
    documentSelector: kinds,
    synchronize: { fileEvents: vscode.workspace.createFileSystemWatcher("**/archc_bodies/**/*.json") },
  };
}

async function start() {
  client = new LanguageClient("archc", "archc", command(), options());
  try {
    await client.start();
  } catch (error) {
    const remedy = "Install it with `pip install '.[lsp]'` in a clone of archc, or set archc.server.command.";
    vscode.window.showErrorMessage(`The archc language server did not start: ${error.message ?? error}. ${remedy}`);
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running?.isRunning()) {
    await running.stop();
  }
}

async function restart() {
  await stop();
  await start();
}

async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand("archc.restart", restart),
    vscode.workspace.onDidChangeConfiguration((change) =>
      change.affectsConfiguration("archc.server.command") ? restart() : undefined
    )
  );
  await start();
}

module.exports = { activate, deactivate: stop };
