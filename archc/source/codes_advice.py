"""ARC7xx: advice, which stops nothing."""

from __future__ import annotations

from archc.source.code_entry import Code

ADVICE: dict[str, Code] = {
    "ARC701": Code(
        "one-pixel-map",
        "the body shrinks the input to one pixel",
        "Behind the body's reductions a single place is left of the picture.",
        "Nothing is left to say where things are, and pooling has nothing to pool.",
        "Use a larger input, or cut the body earlier.",
        "warning",
    ),
    "ARC702": Code(
        "softmax-before-loss",
        "the model ends in a softmax, but the loss takes scores",
        "Cross-entropy applies its own softmax to what the model answers.",
        "Applied twice it flattens the gradient: training is slow and stops early, in silence.",
        'Remove the layer; `postprocess = "softmax"` in `[export]` adds it to the exported model.',
        "warning",
    ),
    "ARC703": Code(
        "validated-on-training",
        "training and validation read the same images",
        "Both patterns are the same.",
        "Metrics on images that were trained on do not tell how the model does on others.",
        "Hold some images out and give them a pattern of their own.",
        "warning",
    ),
    "ARC704": Code(
        "colour-of-grey",
        "a change of colour is asked of grey pictures",
        "`saturation` and `hue` move colours about the grey axis; grey pictures lie on it.",
        "The pictures stay as they are: the change that was meant is not made, in silence.",
        "Leave it out, or read the pictures with 3 channels; brightness and contrast change grey pictures.",
        "warning",
    ),
}
