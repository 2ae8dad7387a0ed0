"""Each op of a plan as ONNX nodes, a file a family."""
