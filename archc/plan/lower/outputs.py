"""The outputs of a model: decided by the spec's data and losses, else by the form of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archc.ops.tensors import TensorType
from archc.plan.losses import loss_facts
from archc.plan.outputs import Output, postprocess_of, task_facts
from archc.plan.plan import EMBEDDING, SCORES, Ends
from archc.plan.targets import data_task, known_classes
from archc.spec.document import Spec
from archc.spec.model import Classifier, Graph, Siamese
from archc.spec.outputs import Task
from archc.spec.train import Contrastive, Loss, MetricKind, Triplet

_MOST_NAMED = 10_000
"""Classes that are given a name where nobody named them: as many as a spec may list."""


def made_outputs(spec: Spec, ends: Ends, types: Mapping[str, TensorType]) -> tuple[Output, ...]:
    """Return the outputs of a model whose lowering ends in the values `ends`, each by its name."""
    embeddings = _are_embeddings(spec, [name for name, _ in ends])
    formed = [_formed(name, value, types[value]) for name, value in ends]
    found = [_named(spec, _with_task(spec, one, embeddings)) for one in formed]
    losses, metrics = _losses(spec, found), _metrics(spec, found)
    watched = next((name for name, kinds in metrics.items() if kinds), None)
    return tuple(
        one.changed(
            loss=losses.get(one.name),
            metrics=metrics.get(one.name) or task_facts(one.task).usual,
            watched=one.name == watched,
        )
        for one in found
    )


def _formed(name: str, value: str, type: TensorType) -> Output:
    """Return the output as its shape alone tells it: `(N, size)` or `(N, size, H, W)`."""
    size = type.shape[1] if len(type.shape) > 1 else 1
    return Output(name, value, size=size if isinstance(size, int) else 1, rank=len(type.shape))


def _are_embeddings(spec: Spec, names: Sequence[str]) -> bool:
    """Return whether all outputs are embeddings; those of a graph are, where they are called so."""
    if isinstance(spec.model, Siamese):
        return spec.model.embedding is not None
    return len(names) > 1 and all(name.startswith(EMBEDDING) for name in names)


def _with_task(spec: Spec, one: Output, embeddings: bool) -> Output:
    if embeddings:
        return one.changed(task="embedding", supervised=True)
    loss = (spec.losses or {}).get(one.name, spec.loss)
    if spec.data is not None:
        task = _refined(data_task(spec.data, one.name), loss)
    else:
        task = _by_loss(loss, one.dense) if loss is not None else None
    return one.changed(task=task or _by_form(spec, one), supervised=task is not None)


def _refined(task: Task | None, loss: Loss | None) -> Task | None:
    """Return the task of an output that learns a target of `task`: another one, where its loss says so."""
    tasks = loss_facts(loss).tasks if task is not None and loss is not None else ()
    return next((other for other in tasks if task_facts(other).target == task), task)


def _by_loss(loss: Loss, dense: bool) -> Task:
    tasks = loss_facts(loss).tasks
    if "embedding" in tasks:  # it does not fit, which a check says
        tasks = ("classification", "segmentation")
    return next((task for task in tasks if task_facts(task).dense == dense), tasks[0])


def _by_form(spec: Spec, one: Output) -> Task:
    """Return the task of an output without target and loss: heads and decoders give scores of classes."""
    word = postprocess_of(spec.export, one.name)
    if word == "sigmoid" and not one.dense:
        return "multi_label"
    if isinstance(spec.model, Classifier) and spec.model.outputs is not None:
        return "regression"
    if isinstance(spec.model, Graph) and word == "none" and not _ends_in_classes(spec.model, one.name):
        return "tensor"
    return "segmentation" if one.dense else "classification" if one.rank == 2 else "tensor"


def _ends_in_classes(model: Graph, output: str) -> bool:
    """Return whether an output is called as the other kinds call theirs, or is a head or a decoder."""
    if output == SCORES:
        return True
    node = next((n for n in model.nodes if n.name == model.outputs[output]), None)
    if node is None:
        return False
    used = (model.modules or {}).get(node.use or "")
    return bool(node.head or node.decoder or (used is not None and used.head))


def _named(spec: Spec, one: Output) -> Output:
    known = known_classes(spec.data, one.name) if one.supervised else None
    fits = known is not None and len(known) == one.size and task_facts(one.task).names
    return one.changed(classes=known if fits else _usual_names(spec, one))


def _usual_names(spec: Spec, one: Output) -> tuple[str, ...]:
    word, classes = task_facts(one.task).names, task_facts(one.task).classes
    if not word or one.size > _MOST_NAMED:
        return ()
    if one.task == "classification" and isinstance(spec.model, Siamese) and one.size == 2:
        return ("different", "same")
    if one.size == 1 and not classes:
        return (word,)
    return tuple(f"{word} {i}" for i in range(one.size))


def _losses(spec: Spec, outputs: Sequence[Output]) -> dict[str, Loss]:
    """Return the loss of each output that is trained: as written, else the usual one of its task."""
    if outputs[0].task == "embedding" and not spec.losses:
        usual: dict[int, Loss] = {2: Contrastive(), 3: Triplet()}
        loss = spec.loss or usual.get(len(outputs))
        return {one.name: loss for one in outputs} if loss is not None else {}
    if spec.loss is not None or spec.losses is not None:
        alone = {outputs[0].name: spec.loss} if spec.loss is not None and len(outputs) == 1 else {}
        written = alone if spec.losses is None else spec.losses
        return {one.name: written[one.name] for one in outputs if one.name in written}
    found = (
        (one.name, task_facts(one.task).loss) for one in outputs if spec.data is not None and one.supervised
    )
    return {name: loss for name, loss in found if loss is not None}


def _metrics(spec: Spec, outputs: Sequence[Output]) -> dict[str, tuple[MetricKind, ...]]:
    """Return the metrics that are written, in the spec's order; embeddings are measured together."""
    if spec.metrics is None:
        return {}
    if spec.metrics.of is not None:
        return spec.metrics.of
    together = len(outputs) == 1 or outputs[0].task == "embedding"
    return {outputs[0].name: spec.metrics.kinds} if together else {}
