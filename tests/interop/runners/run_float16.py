"""Onnxruntime's conversion to float16, inputs and outputs kept."""

import onnx
import onnxruntime
from compared import report
from onnxruntime.transformers.float16 import convert_float_to_float16


def opened(model):
    half = convert_float_to_float16(onnx.load(model), keep_io_types=True)
    onnx.save(half, f"{model}.half.onnx")
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(f"{model}.half.onnx", settings, providers=["CPUExecutionProvider"])
    return lambda inputs, outputs: dict(zip(outputs, session.run(outputs, inputs), strict=True))


report(opened)
