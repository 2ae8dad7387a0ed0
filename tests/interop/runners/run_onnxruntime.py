"""Onnxruntime, as it opens by default."""

import onnxruntime
from compared import report


def opened(model):
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
    return lambda inputs, outputs: dict(zip(outputs, session.run(outputs, inputs), strict=True))


report(opened)
