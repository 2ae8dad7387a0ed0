"""The operators that a model file may hold: those that archc writes, and those of the tools around it.

A closed set is the simplest bound on what a stranger's file can do: without Loop, If, Scan and sequences each
node runs once, and without functions a node is one node. `archc.export` writes no operator that is not here.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


WRITTEN = _names("""
    Abs Add ArgMax AveragePool Cast Celu Clip Concat Conv ConvTranspose DepthToSpace Div Elu Erf
    Expand Flatten Floor Gather Gelu Gemm GlobalAveragePool GlobalMaxPool Greater
    HardSwish Identity InstanceNormalization LRN LayerNormalization LeakyRelu Less LogSoftmax MatMul
    Max MaxPool Min Mul Neg PRelu Pad Range ReduceL2 ReduceMax ReduceMean ReduceSum Relu Reshape
    Resize Selu Shape Shrink Sigmoid Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze
    Sub Tanh Transpose Unsqueeze Where
""")
"""The operators that `archc.export` writes for a plan's own nodes."""

TRACED = _names("""
    Acos Acosh And ArgMin Asin Asinh Atan Atanh Attention BatchNormalization BitShift BitwiseAnd
    BitwiseNot BitwiseOr BitwiseXor CastLike Ceil Constant ConstantOfShape Cos Cosh CumSum Dropout
    Einsum Equal Exp EyeLike GatherElements GatherND GlobalLpPool GreaterOrEqual GridSample
    GroupNormalization HardSigmoid Hardmax IsInf IsNaN LessOrEqual Log LpNormalization LpPool Mean
    MeanVarianceNormalization Mish Mod Not OneHot Or Pow RMSNormalization Reciprocal ReduceL1
    ReduceLogSum ReduceLogSumExp ReduceMin ReduceProd ReduceSumSquare Round ScatterElements
    ScatterND Sign Sin Sinh Size Swish Tan ThresholdedRelu Tile TopK Trilu Xor
""")
"""The operators that torch's exporter writes besides for a library's own modules."""

QUANTIZED = _names("""
    ConvInteger DequantizeLinear DynamicQuantizeLinear MatMulInteger QLinearConv QLinearMatMul
    QuantizeLinear
""")
"""The operators that quantizers write besides."""

MICROSOFT = _names("""
    Attention BiasAdd BiasGelu BiasSplitGelu ConvTransposeWithDynamicPads DequantizeLinear
    DynamicQuantizeMatMul FastGelu FusedConv FusedGemm FusedMatMul Gelu GroupNorm MatMulBnb4
    MatMulInteger16 MatMulIntegerToFloat MatMulNBits MultiHeadAttention NhwcConv NhwcFusedConv
    NhwcMaxPool PackedMultiHeadAttention QAttention QGemm QLinearAdd QLinearAveragePool
    QLinearConcat QLinearConv QLinearGlobalAveragePool QLinearLeakyRelu QLinearMul QLinearReduceMean
    QLinearSigmoid QLinearSoftmax QLinearWhere QuantizeLinear QuickGelu ReduceSumInteger
    SkipGroupNorm SkipLayerNormalization
""")
"""Of the domain `com.microsoft`: what onnxruntime's quantizer and its transformer optimizer write."""

_PLAIN = WRITTEN | TRACED | QUANTIZED
_BY_DOMAIN = {"": _PLAIN, "ai.onnx": _PLAIN, "com.microsoft": MICROSOFT}


def known(domain: str, op_type: str) -> bool:
    """Return whether a file may hold the operator `op_type` of `domain`."""
    return op_type in _BY_DOMAIN.get(domain, ())
