"""The commands, each with the module that does it and one line on what it does."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """A module of `archc.cli` with `configure(parser)` and `run(arguments) -> int`."""

    module: str
    summary: str


COMMANDS: dict[str, Command] = {
    "validate": Command("validate", "check specs: shapes, names, groups; needs neither torch nor a GPU"),
    "build": Command("build", "compile a spec and print its layers; draw it, write its plan or its weights"),
    "train": Command("train", "train a spec into a run folder"),
    "evaluate": Command("evaluate", "measure a run's model on its validation data, by torch or onnxruntime"),
    "export": Command("export", "write a run or a spec as ONNX, proven equal before the file appears"),
    "eject": Command("eject", "write the model as PyTorch source that needs torch alone"),
    "predict": Command("predict", "run an exported model on images, with onnxruntime alone"),
    "demo": Command("demo", "the whole way on data that needs no download"),
    "data": Command("data", "look at a spec's data: counts, sizes, what is suspicious, a contact sheet"),
    "params": Command("params", "show each parameter group in each phase: rate, decay, frozen"),
    "bodies": Command("bodies", "list the bodies of the catalog, or show one with its cuts and skips"),
    "record": Command("record", "record a library's bodies, such as timm/NAME, into the project"),
    "explain": Command("explain", "explain a diagnostic's code"),
}
