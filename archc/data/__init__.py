"""The spec's `[data]` as examples, and as batches on their way to a device."""

from archc.data.batches import Batches, Loading, open_batches
from archc.data.datasets import Datasets, open_data
from archc.data.examples import Batch, Examples, Raw
from archc.data.facts import TargetFacts, Task
from archc.data.normalize import Normalizer

__all__ = [
    "Batch",
    "Batches",
    "Datasets",
    "Examples",
    "Loading",
    "Normalizer",
    "Raw",
    "TargetFacts",
    "Task",
    "open_batches",
    "open_data",
]
