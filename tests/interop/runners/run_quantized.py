"""Onnxruntime's static quantization, per channel, in both formats."""

from pathlib import Path

import onnxruntime
from compared import report, trials
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static


class Trials(CalibrationDataReader):
    def __init__(self, given):
        self.left = list(given)

    def get_next(self):
        return self.left.pop() if self.left else None


def opened(model):
    archive = Path(model).parent / f"{Path(model).name.split('.')[0]}.npz"
    sessions = []
    for form in QuantFormat:
        small = f"{model}.{form.name}.onnx"
        quantize_static(
            model, small, Trials(t["in"] for t in trials(archive)), quant_format=form, per_channel=True
        )
        settings = onnxruntime.SessionOptions()
        settings.log_severity_level = 3
        settings.intra_op_num_threads = 1
        sessions.append(onnxruntime.InferenceSession(small, settings, providers=["CPUExecutionProvider"]))

    def compute(inputs, outputs):
        for session in sessions:
            found = session.run(outputs, inputs)
        return dict(zip(outputs, found, strict=True))

    return compute


report(opened)
