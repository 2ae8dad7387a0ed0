"""The description that a model file holds of itself, checked before it is believed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archc.files.errors import WorldError
from archc.runtime import told
from archc.runtime.inputs import Input, parsed
from archc.spec.outputs import POSTPROCESS_WORDS, TASKS, Comparison, PostprocessWord, Task


@dataclass(frozen=True, slots=True)
class Output:
    """One output of the model.

    Attributes:
        task: what its values are.
        postprocess: what the file computes from the scores itself.
        classes: their names, of a regression those of its numbers; empty where nobody gave any.
    """

    name: str
    task: Task
    postprocess: PostprocessWord
    classes: tuple[str, ...]

    def class_name(self, index: int) -> str:
        """Return the name of a class, or its number where it has none."""
        return self.classes[index] if 0 <= index < len(self.classes) else str(index)


@dataclass(frozen=True, slots=True)
class Description:
    """The description of a model file: all that predicting with it needs.

    Attributes:
        preprocess: whether the model takes what files hold, images `(N, H, W, C)`, and normalizes inside.
        dynamic: which of "batch", "height", "width" are open.
        multiple: what open heights and widths must be multiples of.
        comparison: how the outputs are compared, where they are embeddings of several images.
        spec: the text of the spec the model was made from.
        version: of the archc that wrote it.
        sha256: of the weights before export.
    """

    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    preprocess: bool
    dynamic: frozenset[str]
    comparison: Comparison | None
    spec: str
    version: str
    sha256: str
    multiple: int = 1

    @property
    def any_size(self) -> bool:
        """True where height and width are open, if only to multiples of `multiple`."""
        return {"height", "width"} <= self.dynamic

    @property
    def task(self) -> Task:
        """The task of the first output."""
        return self.outputs[0].task

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names of the first output."""
        return self.outputs[0].classes


def described(path: str, entries: Mapping[str, str]) -> Description:
    """Return the description in a file's metadata.

    Raises:
        WorldError: the file has none, or it makes no sense.
    """
    if "archc.input" not in entries:
        raise WorldError(
            f"`{path}` does not say what it takes in: it was not written by `archc export`",
            "export it with archc",
        )
    try:
        found = json.loads(entries["archc.input"])
        inputs = tuple(parsed(i) for i in told.several(found["inputs"]))
        outputs = tuple(_output(o) for o in told.several(found["outputs"]))
        if len({i.name for i in inputs}) < len(inputs) or len({o.name for o in outputs}) < len(outputs):
            raise ValueError(found)
        return Description(
            inputs=inputs,
            outputs=outputs,
            preprocess=told.of(bool, found["preprocess"]),
            dynamic=frozenset(told.of(str, name) for name in told.of(list, found["dynamic"])),
            comparison=_comparison(found.get("comparison")),
            spec=entries.get("archc.spec", ""),
            version=entries.get("archc.version", ""),
            sha256=entries.get("archc.sha256", ""),
            multiple=_multiple(found.get("multiple", 1)),
        )
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as fault:
        raise WorldError(
            f"`{path}` describes itself in a way that makes no sense", "export it again"
        ) from fault


def _multiple(entry: object) -> int:
    if not isinstance(entry, int) or not 1 <= entry <= told.LARGEST_SIDE:
        raise ValueError(entry)
    return entry


def _output(entry: Mapping[str, Any]) -> Output:
    task = TASKS[TASKS.index(entry["task"])]
    word = POSTPROCESS_WORDS[POSTPROCESS_WORDS.index(entry["postprocess"])]
    names = tuple(told.of(str, name) for name in told.of(list, entry["classes"]))
    return Output(told.name(entry["name"]), task, word, names)


def _comparison(entry: Mapping[str, Any] | None) -> Comparison | None:
    if entry is None:
        return None
    below = entry["same_below"]
    return Comparison(told.of(bool, entry["normalise"]), None if below is None else told.finite(below))
