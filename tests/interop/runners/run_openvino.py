"""OpenVINO on the CPU, in float32."""

import openvino
from compared import report

core = openvino.Core()


def opened(model):
    hints = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
    compiled = core.compile_model(core.read_model(model), "CPU", hints)

    def compute(inputs, outputs):
        found = compiled(inputs)
        return {name: found[compiled.output(name)] for name in outputs}

    return compute


report(opened)
