"""Spec to Plan: the one way in."""

from __future__ import annotations

from archc.catalog.graph import SpecPath
from archc.plan.bodies import record_of
from archc.plan.builder import Builder
from archc.plan.classes import class_count
from archc.plan.classifier import lower_classifier, lower_siamese
from archc.plan.inputs import graph_inputs, input_path
from archc.plan.plan import Plan
from archc.plan.unet import lower_unet
from archc.spec.document import Spec
from archc.spec.model import Classifier, Siamese, Unet

OUTPUT = "scores"
_BODY: SpecPath = ("model", "body")


def lower(spec: Spec, *, name: str = "model") -> Plan:
    """The typed graph of a spec's model at its input size.

    Raises:
        PlanFault: a fault that leaves no graph to speak of.
    """
    builder = Builder()
    inputs = graph_inputs(spec, record_of(spec.model.body, _BODY))
    for given in inputs:
        builder.types[given.name] = given.type
        builder.sizes[given.name] = (*input_path(spec, given.name), "size")
    classes = class_count(spec)
    match spec.model:
        case Classifier():
            out = lower_classifier(builder, spec.model, inputs[0].name, classes)
        case Unet():
            out = lower_unet(builder, spec.model, inputs[0].name, classes)
        case Siamese():
            out = lower_siamese(builder, spec.model, (inputs[0].name, inputs[1].name), classes)
    return Plan(
        name=spec.name or name,
        inputs=inputs,
        nodes=tuple(builder.nodes),
        outputs=((OUTPUT, out),),
        bodies=tuple(builder.bodies),
    )
