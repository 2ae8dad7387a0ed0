"""The commands, each with the module that does it and one line on what it does."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """A module of `archc.cli` with `configure(parser)` and `run(arguments) -> int`.

    `extra` is the part of archc to install where a library that the command needs is missing.
    """

    module: str
    summary: str
    extra: str = "all"


COMMANDS: dict[str, Command] = {
    "validate": Command("validate", "check specs: shapes, names, groups; needs neither torch nor a GPU"),
    "build": Command(
        "build", "compile a spec and print its layers; draw it, write its plan or its weights", "train"
    ),
    "train": Command("train", "train a spec into a run folder", "train"),
    "evaluate": Command(
        "evaluate", "measure a run on its validation data, with torch or onnxruntime", "train"
    ),
    "export": Command(
        "export", "write a run or a spec as ONNX, compared with torch before the file appears", "export"
    ),
    "eject": Command("eject", "write the model as PyTorch source that needs torch alone"),
    "predict": Command("predict", "run an exported model on images, with onnxruntime alone", "cpu"),
    "demo": Command("demo", "validate, build, train, export and predict on built-in data", "demo"),
    "data": Command(
        "data", "inspect a spec's data: counts, sizes, suspicious files, a contact sheet", "train"
    ),
    "params": Command("params", "show each parameter group in each phase: rate, decay, frozen"),
    "bodies": Command("bodies", "list the bodies of the catalog, or show one with its cuts and skips"),
    "record": Command("record", "record a library's bodies, such as timm/NAME, into the project", "timm"),
    "init": Command("init", "inspect a folder of data and write a first spec for it"),
    "fmt": Command("fmt", "format specs: canonical order and layout, comments kept"),
    "lsp": Command("lsp", "serve an editor: faults, hovers, completion, shapes while you type", "lsp"),
    "diff": Command("diff", "show what changes between two specs, or a spec and a run"),
    "schema": Command("schema", "print the JSON Schema of specs, for editors"),
    "migrate": Command("migrate", "rewrite specs of an older version of the language, comments kept"),
    "explain": Command("explain", "explain a diagnostic's code"),
}
