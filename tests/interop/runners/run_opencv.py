"""OpenCV's DNN module."""

import cv2
from compared import report

cv2.setNumThreads(1)


def opened(model):
    def compute(inputs, outputs):
        net = cv2.dnn.readNetFromONNX(model)  # anew: a net keeps the sizes it first saw
        for name, value in inputs.items():
            net.setInput(value, name)
        return dict(zip(outputs, net.forward(outputs), strict=True))

    return compute


report(opened)
