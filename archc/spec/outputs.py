"""The words for what an output is, as every floor and every exported file spells them."""

from __future__ import annotations

from typing import Literal, get_args

from archc.spec.frozen import Frozen, frozen

Task = Literal["classification", "segmentation", "multi_label", "regression", "counts", "embedding", "tensor"]
"""The meaning of an output's values: scores of classes, for each image or each pixel; scores of labels;
numbers; logarithms of counts; a vector that is compared with others; a tensor of which nothing is known.
"""
TASKS: tuple[Task, ...] = get_args(Task)

PostprocessWord = Literal["none", "softmax", "sigmoid", "argmax"]
"""The function that an exported file computes from an output's scores."""
POSTPROCESS_WORDS: tuple[PostprocessWord, ...] = get_args(PostprocessWord)


@frozen
class Comparison(Frozen):
    """How embeddings of several images are compared: by Euclidean distances from the first.

    Attributes:
        normalize: whether they are scaled to length 1 before.
        same_below: the distance below which two are the same; None where the nearest one wins (triplets).
    """

    normalize: bool
    same_below: float | None
