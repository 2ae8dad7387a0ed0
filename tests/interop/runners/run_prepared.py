"""Onnxruntime's preparation for quantization: symbolic shapes, merged, and its optimizer."""

import multiprocessing

import onnxruntime
from compared import report
from onnxruntime.quantization.shape_inference import quant_pre_process

SECONDS = 300


def opened(model):
    target = f"{model}.prepared.onnx"
    work = multiprocessing.Process(
        target=quant_pre_process, args=(model, target), kwargs={"auto_merge": True}
    )
    work.start()
    work.join(SECONDS)
    if work.is_alive():
        work.kill()
        raise TimeoutError(f"not done after {SECONDS} s")
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(target, settings, providers=["CPUExecutionProvider"])
    return lambda inputs, outputs: dict(zip(outputs, session.run(outputs, inputs), strict=True))


if __name__ == "__main__":
    report(opened)
