"""Plan and weights to what other tools read: ONNX, written directly and proven against torch."""
