"""What each output is: by its target, by its loss, by the form of the model; and the names of its classes."""

from __future__ import annotations

import pytest

from archc.plan.losses import LOSSES, fitting_losses, loss_facts
from archc.plan.outputs import by_target, comparison, task_facts, with_classes
from archc.spec.outputs import TASKS, Comparison, Task
from archc.spec.train import BinaryCrossEntropy, Contrastive, CrossEntropy, MeanSquaredError, Triplet
from tests.plan.texts import CLASSIFIER, SIAMESE, UNET, body, compiled, plan_of

SMALL = (body("resnet18"), "input.size=[64, 96]")


def task_of(text: str, *flags: str) -> tuple[Task, bool]:
    (output,) = plan_of(text, *SMALL, *flags).outputs
    return output.task, output.supervised


@pytest.mark.parametrize(
    ("text", "flag", "task"),
    [
        (CLASSIFIER, "export.postprocess=none", "classification"),
        (CLASSIFIER, "export.postprocess=sigmoid", "multi_label"),
        (UNET, "export.postprocess=none", "segmentation"),
    ],
)
def test_without_data_and_loss_the_form_tells(text: str, flag: str, task: Task) -> None:
    assert task_of(text, flag) == (task, False)


@pytest.mark.parametrize(
    ("text", "loss", "task"),
    [
        (CLASSIFIER, "cross_entropy", "classification"),
        (UNET, "cross_entropy", "segmentation"),
        (CLASSIFIER, "focal", "classification"),
        (UNET, "focal", "segmentation"),
        (CLASSIFIER, "binary_cross_entropy", "multi_label"),
        (CLASSIFIER, "l1", "regression"),
        (UNET, "mse", "regression"),
        (CLASSIFIER, "poisson", "counts"),
    ],
)
def test_without_data_the_loss_tells(text: str, loss: str, task: Task) -> None:
    assert task_of(text, f"loss.kind={loss}") == (task, True)


def test_the_usual_loss_is_for_outputs_with_a_target() -> None:
    tags = "data={kind='image_csv', root='.', target={kind='tags', classes=['a', 'b']}}"
    (output,) = compiled(CLASSIFIER, *SMALL, "model.classes=2", tags).plan.outputs
    assert (output.loss, output.metrics) == (BinaryCrossEntropy(), ("f1", "accuracy"))
    assert output.classes == ("a", "b")
    (output,) = plan_of(CLASSIFIER, *SMALL).outputs
    assert (output.loss, output.classes[0]) == (None, "class 0")


def test_numbers_are_counts_where_the_loss_says_so() -> None:
    values = "data={kind='image_csv', root='.', target={kind='values', columns=['cells']}}"
    (output,) = plan_of(CLASSIFIER, *SMALL, "model.classes=1", values, "loss.kind=poisson").outputs
    assert (output.task, output.classes, output.metrics) == ("counts", ("cells",), ("mae",))
    (output,) = plan_of(CLASSIFIER, *SMALL, "model.classes=1", values).outputs
    assert (output.task, output.loss) == ("regression", MeanSquaredError())
    (output,) = plan_of(CLASSIFIER, *SMALL, "model.classes=1", "loss.kind=poisson").outputs
    assert output.classes == ("count",)


def test_embeddings_are_compared_as_their_loss_does_it() -> None:
    embeddings = plan_of(SIAMESE, *SMALL, "model.embedding=8").outputs
    assert [one.task for one in embeddings] == ["embedding", "embedding"]
    assert {one.loss for one in embeddings} == {Contrastive()}
    assert comparison(embeddings) == Comparison(normalize=False, same_below=0.5)
    assert by_target(embeddings) == (embeddings,)
    loss = Contrastive(margin=3.0, normalise=True)
    written = tuple(one.changed(loss=loss) for one in embeddings)
    assert comparison(written) == Comparison(normalize=True, same_below=1.5)
    assert comparison(tuple(one.changed(loss=Triplet()) for one in embeddings)) == Comparison(
        normalize=False, same_below=None
    )
    assert comparison(plan_of(CLASSIFIER, *SMALL).outputs) is None


def test_names_that_training_found_stand_in_the_plan() -> None:
    flags = ("model.classes=2", "loss.kind=cross_entropy")
    (output,) = plan_of(CLASSIFIER, *SMALL, *flags).outputs
    (named,) = with_classes((output,), {"target": ("cat", "dog")})
    assert named.classes == ("cat", "dog")
    assert with_classes((output,), {"target": ("cat", "dog", "eel")}) == (output,)
    assert with_classes((output,), {"other": ("cat", "dog"), "third": ("a", "b")}) == (output,)
    assert with_classes((output,), {"scores": ("cat", "dog"), "third": ("a", "b")}) == (named,)
    (untold,) = plan_of(CLASSIFIER, *SMALL, "model.classes=2").outputs
    assert with_classes((untold,), {"target": ("cat", "dog")}) == (untold,)


@pytest.mark.parametrize("task", TASKS)
def test_the_usual_loss_and_metrics_of_a_task_fit_it(task: Task) -> None:
    facts = task_facts(task)
    assert set(facts.usual) <= set(facts.metrics)
    if facts.loss is not None:
        assert facts.loss.kind in fitting_losses(task)
    assert facts.dense == (task == "segmentation")


def test_each_loss_fits_an_output_and_has_the_weights_it_says() -> None:
    for made in (loss() for loss in LOSSES):
        facts = loss_facts(made)
        assert facts.tasks
        assert not facts.weights or getattr(made, facts.weights) == "none"
    assert fitting_losses("classification") == ("cross_entropy", "focal")
    assert fitting_losses("embedding", 2) == ("contrastive",)
    assert fitting_losses("embedding", 3) == ("triplet",)
    assert fitting_losses("regression") == ("mse", "l1", "poisson")
    assert fitting_losses("counts") == ("poisson",)
    assert fitting_losses("tensor") == ()
    assert loss_facts(CrossEntropy()).unsteady
