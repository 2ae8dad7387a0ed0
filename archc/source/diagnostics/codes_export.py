"""ARC6xx: export."""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code

EXPORT: dict[str, Code] = {
    "ARC601": Code(
        "size-cannot-stay-open",
        "a size cannot stay open in the exported model",
        "`export.dynamic` names the height or the width, but a part of the model works at one size only:"
        " position embeddings, windows, an adaptive pooling to a grid, or a library's own module.",
        "The file would fail, or answer wrongly, at every other size.",
        'Write `dynamic = ["batch"]`, leave `dynamic` out, or choose a body that takes any size.',
    ),
    "ARC602": Code(
        "postprocess-mismatch",
        "the postprocessing does not fit what the output answers",
        "softmax and argmax choose one class, sigmoid says of each label whether it holds; numbers and"
        " embeddings have no probabilities.",
        "The exported model would answer with figures that mean nothing.",
        'Use the word that the message names; of several outputs say it of each: `{ mask = "argmax" }`.',
    ),
}
