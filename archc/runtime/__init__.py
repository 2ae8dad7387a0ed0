"""An exported model at work: onnxruntime, numpy and Pillow, never torch."""
