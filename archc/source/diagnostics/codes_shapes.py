"""ARC3xx: shapes, channels, and how large a model may be."""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code

SHAPES: dict[str, Code] = {
    "ARC301": Code(
        "skip-misfit",
        "a skip has another resolution than the place it joins",
        "A skip joins where the decoder's map has the skip's own resolution; they may differ by the pixel"
        " that an odd size leaves over.",
        "Joined elsewhere, the finer map's detail would be thrown away, or invented.",
        "Use the node that the message names, or change the number of upsamplings before the join.",
    ),
    "ARC302": Code(
        "layer-misfit",
        "a layer does not fit what it reads",
        "The layer needs another number of dimensions or channels, or a kernel is larger than its map.",
        "The model could not run; in a framework this shows only in the first forward pass.",
        "Leave `in_channels` and `in_features` out, they are inferred; the label says what the layer reads.",
    ),
    "ARC303": Code(
        "wrong-answer",
        "a head does not answer with one number a class",
        "The last layer must give (N, classes).",
        "Loss and metrics compare one score for each class.",
        "End with a pooling, `flatten`, and a `linear` with `out_features` equal to the number of classes.",
    ),
    "ARC304": Code(
        "fixed-size",
        "a body works at one input size only",
        "Its position embeddings or windows are made for one size.",
        "At another size the library's own code fails.",
        "Set the input to the size in the message, or use a convolutional body.",
    ),
    "ARC305": Code(
        "input-too-small",
        "the input is smaller than a body can take",
        "On the way through the body a kernel no longer fits its map.",
        "The library's own code fails there.",
        "Use a larger input, or a body that reduces less.",
    ),
    "ARC306": Code(
        "no-map",
        "a feature map is needed where there is none",
        "A decoder works on maps (N, C, H, W); what it is given has been pooled or flattened, or it comes"
        " from inside a library's block that keeps the channels last.",
        "What has no height and width cannot be enlarged, or joined with a skip; with the channels last, rows"
        " would be read as channels.",
        "Cut the body before its pooling, and leave `flatten` and pooling to heads; of a body that keeps its"
        " channels last, use where a block ends.",
    ),
    "ARC307": Code(
        "unlike-twins",
        "the two inputs of a siamese model differ",
        "One body, with one set of weights, is applied to both, so both need the same channels and size.",
        "The first convolution has one number of input channels, and merging needs maps of one size.",
        "Describe both inputs alike, or write one `[input]`.",
    ),
    "ARC308": Code(
        "normalisation-count",
        "mean or std does not have a number for each channel",
        "Each channel is normalized by its own mean and standard deviation.",
        "Numbers are neither repeated nor dropped in silence.",
        "Write one for each channel, or leave it out: it then comes with the body's weights.",
    ),
    "ARC309": Code(
        "opaque-encoder",
        "a U-Net cannot draw skips from a body in one piece",
        "The record knows this body from outside only; its library builds and runs it as a whole.",
        "Skips come from inside.",
        "Choose a body of which `archc bodies` shows cuts, such as a ConvNeXt or a Swin.",
    ),
    "ARC310": Code(
        "mixed-batch",
        "a layer mixes the examples of a batch",
        "It flattens, moves or normalizes over dimension 0, where the examples of a batch lie.",
        "The answer to one image would depend on which others came with it.",
        "Count dimensions from 1: 1 is the channels, 2 and 3 are height and width.",
    ),
    "ARC311": Code(
        "size-bound",
        "the model has other parameters at a phase's input size",
        "A layer's width follows from the input's size, as of a `linear` that reads a flattened map.",
        "Weights trained at one size do not fit the other.",
        "Pool to a fixed size before the first `linear`, or train all phases at one size.",
    ),
    "ARC312": Code(
        "unlike-uses",
        "the uses of a shared module need different weights",
        "A module that is used several times has one set of weights, and their shapes follow from what it"
        " reads.",
        "One set cannot have two shapes.",
        "Let all uses read values of the same channels (of one size, where a `linear` reads a flattened map),"
        " or use several modules.",
    ),
    "ARC313": Code(
        "pixel-range",
        "the range of an input's samples is empty or upside down",
        "`range` names the sample values that become 0 and 1, the lower one first.",
        "Nothing can be scaled by it; upside down, black would become white in silence.",
        "Write [low, high], such as [0, 4095] for 12 bits.",
    ),
    "ARC350": Code(
        "too-many-parameters",
        "the model has more parameters than archc builds",
        "The bound is four thousand million; `--max-parameters` raises it.",
        "It stops a mistyped width before memory runs out.",
        "Make the layer that the message names narrower.",
    ),
    "ARC351": Code(
        "too-large-a-map",
        "a layer computes more values than archc builds",
        "The bound is sixteen thousand million values of one image, weights of attention included;"
        " `--max-activation` raises it.",
        "It stops a mistyped size before memory runs out.",
        "Use a smaller input or fewer channels; put attention where the map is small.",
    ),
    "ARC352": Code(
        "too-many-nodes",
        "the model has more nodes than archc builds",
        "The bound is twenty thousand, and `--max-nodes` raises it; what is repeated counts each time.",
        "It stops repetitions of repetitions before memory runs out.",
        "Repeat fewer times.",
    ),
    "ARC353": Code(
        "endless-size",
        "a value has a dimension, or more dimensions, than any library takes",
        "A dimension has at most 9,223,372,036,854,775,807 places, and a value at most 64 dimensions.",
        "Indices of libraries end there; in a spec such a size is a slip, or meant to keep a machine busy.",
        "Make the layer that the message names enlarge less, or add no dimension.",
    ),
    "ARC354": Code(
        "too-many-sizes",
        "the phases ask for more input sizes than archc checks",
        "The model is worked out anew for the input size of each phase; sizes times nodes may be a hundred"
        " thousand.",
        "Checking would take minutes.",
        "Train at fewer sizes.",
    ),
    "ARC360": Code(
        "over-budget",
        "the model is larger than the spec allows",
        "`[expect]` states the most parameters, multiply-adds, activation bytes or file bytes that the model"
        " may have, and it has more.",
        "The bound is there so that a change that costs too much is seen before anything is built.",
        "Make the model smaller, or raise the bound.",
    ),
    "ARC361": Code(
        "unexpected-shape",
        "an output has another shape than expected",
        "`[expect]` states an output's shape in terms of the batch N and the input's height H and width W.",
        "Whoever reads the output relies on it.",
        "Change the model, or the expectation; the message shows the shape that was found.",
    ),
    "ARC362": Code(
        "shape-expression",
        "an expected size cannot be read",
        "A size is a number, N, H, W (H_left and so on where inputs differ in size), or an expression of"
        " these with + - * // / and brackets.",
        "Nothing else has a meaning there, and nothing in a spec is run.",
        'Write it in this form, such as "H//4"; divisors are numbers above 0.',
    ),
}
