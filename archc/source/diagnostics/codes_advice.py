"""ARC7xx: advice, which stops nothing."""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code

ADVICE: dict[str, Code] = {
    "ARC701": Code(
        "one-pixel-map",
        "the body shrinks the input to one pixel",
        "Behind the body's reductions a single place is left of the picture.",
        "Nothing is left to say where things are, and pooling has nothing to pool.",
        "Use a larger input, or cut the body earlier.",
        "warning",
    ),
    "ARC702": Code(
        "activation-before-loss",
        "an output ends in an activation that its loss applies itself",
        "Cross-entropy applies its own softmax to what the model answers, binary cross-entropy its own"
        " sigmoid; both take scores, which may have any value and either sign.",
        "Applied twice it flattens the gradient: training is slow and stops early, in silence.",
        'Remove the layer; `postprocess = "softmax"` in `[export]` adds it to the exported model.',
        "warning",
    ),
    "ARC703": Code(
        "validated-on-training",
        "training and validation read the same images",
        "Both patterns are the same.",
        "Metrics on images that were trained on do not tell how the model does on others.",
        "Hold some images out and give them a pattern of their own.",
        "warning",
    ),
    "ARC704": Code(
        "bias-before-batch-norm",
        "a layer's bias is taken away by the batch norm behind it",
        "Batch norm subtracts each channel's mean, and with it whatever the layer before added to the"
        " channel.",
        "The bias costs memory and time and changes nothing; batch norm has a bias of its own.",
        "Write `bias = false` in the layer before the batch norm.",
        "warning",
    ),
    "ARC705": Code(
        "uneven-size",
        "the input's size does not halve evenly on the way down",
        "A decoder doubles its map at each step, and an odd size on the way down leaves the doubled map"
        " larger than the skip it joins; it is then squeezed. Said where a map misses its skip by more"
        " than a tenth.",
        "What is squeezed no longer lies on the places of the picture that the skip shows, most at the"
        " edges.",
        "Choose a size that is a multiple of the body's reduction; the message names the nearest.",
        "warning",
    ),
    "ARC706": Code(
        "dropout-last",
        "a dropout stands behind the last layer",
        "In training it sets some of the answers themselves to 0 and enlarges the others.",
        "The loss then compares numbers that the model did not mean; nothing behind it could make up for it.",
        "Put the dropout before the last layer that learns.",
        "warning",
    ),
    "ARC707": Code(
        "unusual-rate",
        "a learning rate is far from what its optimizer is used with",
        "The highest rate of a phase is above 0.1 or below 1e-7 with adam, above 10 or below 1e-6 with sgd.",
        "Above, the loss becomes infinite in the first steps; below, nothing is learned. Mostly a sign of"
        " the exponent is missing: `3` for `3e-3`.",
        "Write a usual rate; the message names the range.",
        "warning",
    ),
    "ARC708": Code(
        "rates-reversed",
        "the layers next to the input learn faster than the head",
        "Two rates are those of the first group, nearest to the input, and of the last; here the first is"
        " the higher one.",
        "What a pretrained body knows about edges and textures would be overwritten, while the new head,"
        " which knows nothing, hardly moves.",
        "Write the lower rate first.",
        "warning",
    ),
    "ARC709": Code(
        "frozen-at-random",
        "a body is frozen before it has learned anything",
        'The first phase does not train the body, and its weights are "none": it starts at random.',
        "Freezing keeps what a body has learned elsewhere. Of random features a head learns little, and"
        " what it learns is worthless once the body moves.",
        "Start the body from published weights, or train it in the first phase.",
        "warning",
    ),
    "ARC710": Code(
        "other-normalisation",
        "the input is normalized otherwise than the weights expect",
        "The mean or the deviation that is written for the input is far from the one that the body's"
        " weights were trained with.",
        "The first layers see colors that they have never met; results are worse from the first epoch on.",
        "Leave `mean` and `std` out: they then come with the weights.",
        "warning",
    ),
    "ARC711": Code(
        "mostly-held-out",
        "more images are held out than trained on",
        "`valid` is the share of the images that training does not see.",
        "It is mostly meant the other way round: 0.8 for training, 0.2 for validation.",
        "Write the smaller share.",
        "warning",
    ),
    "ARC712": Code(
        "linear-after-linear",
        "two linear layers follow each other with nothing between them",
        "Without an activation between them two linear layers are one, with more parameters; the first is"
        " at least as wide as the second, so that it is no bottleneck either.",
        "The model looks deeper than it is.",
        "Put an activation between them, or leave one out.",
        "warning",
    ),
    "ARC713": Code(
        "mirrored-digits",
        "digits are mirrored in training",
        "A flip turns most digits into signs that are none, and some into another digit.",
        "The model learns to tell apart what never occurs.",
        "Leave the flip out; small turns and shifts suit digits.",
        "warning",
    ),
    "ARC714": Code(
        "no-onnx-form",
        "a part of the model has no ONNX form",
        "ONNX's operators cannot say what this layer does; or the package that it"
        " comes from does not know how.",
        "The model can be built and trained, and `archc export` will refuse it: better known before than"
        " after training.",
        "Do what the message says, or live with it where nothing is to be exported.",
        "warning",
    ),
    "ARC715": Code(
        "not-deterministic",
        "a part of the training has no deterministic form on CUDA",
        '`deterministic = "strict"` asks for the same bits each time, and torch has no such form of this'
        " operation's gradient on CUDA: maxima and means over adaptive cells, and cross-entropy of pixels.",
        "Training on a GPU would stop in its first step, with whatever was waited for until then. On the CPU"
        " all is well.",
        "Train on the CPU, choose another operation, or leave `deterministic` out: a run is then repeated up"
        " to rounding.",
        "warning",
    ),
    "ARC716": Code(
        "colour-of-grey",
        "a change of color is asked of images that have none",
        "`saturation` and `hue` move colors about the gray axis; gray images lie on it, and images of other"
        " than 3 channels (4 with alpha, in 8 bits) are no colors.",
        "The images stay as they are: the change that was meant is not made, in silence.",
        "Leave it out, or read the images with 3 channels; brightness and contrast change any image.",
        "warning",
    ),
    "ARC717": Code(
        "closed-by-a-size",
        "an `upsample` to a fixed size keeps the exported model to one image size",
        "A map that is brought to so many pixels fits the others at one size of the image only; brought to"
        " the size of another map, by `resize_like`, it fits them at every size.",
        "The exported file takes images of the spec's size and no others; every other image has to be resized"
        " before.",
        'Make the `upsample` a node that reads both maps: `op = { op = "resize_like" }`; or say'
        ' `dynamic = ["batch"]` in `[export]` if one size is meant.',
        "warning",
    ),
    "ARC799": Code(
        "idle-allow",
        "a comment allows a warning that is not there",
        "`# archc: allow CODE` on a line, or alone above it, keeps a warning about that line from being"
        " shown; here no such warning is given, or the code is none, or an error's.",
        "The comment hides a warning that may come one day for another reason.",
        "Remove the comment, or correct its code.",
        "warning",
    ),
}
