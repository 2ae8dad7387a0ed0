"""ARC2xx: names, references, and settings that exclude one another."""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code

NAMES: dict[str, Code] = {
    "ARC201": Code(
        "unknown-body",
        "the catalog has no such body",
        "The body's `ref` names a library's network as `library/name`, and there is no record of this one.",
        "archc knows a network's shapes and parameters from its record, before any library is loaded; without"
        " one there is nothing to check.",
        "`archc bodies` lists what there is. `archc record` makes a record of a library's model.",
    ),
    "ARC202": Code(
        "unknown-cut",
        "the body has no such part to cut after",
        "`cut` names the last part that is kept: a child of the network, any node inside it, or a number"
        " counted over the children as a Python slice counts.",
        "Cutting somewhere else in silence would give other features, or an empty body.",
        "Use one of the parts in the message; `archc bodies REF` shows each with its shape.",
    ),
    "ARC203": Code(
        "preset-and-layers",
        "a head has both a preset and layers",
        "`preset` stands for a whole list of layers, and `layers` is such a list.",
        "One of the two would be ignored.",
        "Keep one. `archc build SPEC --emit plan` shows the layers that a preset stands for.",
    ),
    "ARC204": Code(
        "dropout-count",
        "a list of dropouts does not fit the linear layers",
        "A list of dropouts has one number for each linear layer: those of `hidden`, and the last.",
        "With a short list some libraries drop layers in silence, and the model answers with another number"
        " of classes.",
        "Write one number for each linear layer, or a single one: the last layer gets it, those before half.",
    ),
    "ARC205": Code(
        "unknown-skip",
        "the encoder has no node of a skip's name",
        "A skip is drawn from a node of the body, named as the library names its parts.",
        "Without the node there is no map to join.",
        "Use one of the names in the message; `archc bodies REF` shows every node with its shape.",
    ),
    "ARC206": Code(
        "skip-behind-cut",
        "a skip comes from after the cut",
        "The body ends at `cut`; this skip's node comes later, or on a side way that the cut does not need.",
        "What comes after the cut is not part of the model.",
        "Draw the skip from a node before the cut, or cut later.",
    ),
    "ARC207": Code(
        "skips-and-stages",
        "a decoder has both skips and stages",
        "`skips` belongs to the automatic decoder; in one written by hand, each stage names its own skip.",
        "One of the two would be ignored.",
        "Remove `skips`, and write `skip = ...` in the stages.",
    ),
    "ARC208": Code(
        "input-and-inputs",
        "a spec has both `input` and `inputs`",
        "`[input]` describes the only input; `[inputs.NAME]` describes several by name.",
        "Together they leave open how many inputs there are.",
        "Keep one of them.",
    ),
    "ARC209": Code(
        "no-input",
        "a spec describes no input",
        "Every shape of the model follows from the input's size and channels.",
        "There is no size that would be right for most models, so none is assumed.",
        "Add `[input]` with `size = [height, width]`.",
    ),
    "ARC210": Code(
        "input-count",
        "a model takes another number of inputs",
        "A classifier and a U-Net take one input, a siamese model two.",
        "An input too many would be ignored, and one too few leaves nothing to read.",
        "Write `[input]` for one, or for both twins where they are alike; else `[inputs.left]` and"
        " `[inputs.right]`.",
    ),
    "ARC211": Code(
        "no-classes",
        "nothing says how many classes there are",
        "The number of outputs is `classes` of the model, or follows from the data.",
        "The last layer has no width without it.",
        "Add `classes = ...` to `[model]`, or a `[data]` table.",
    ),
    "ARC212": Code(
        "unknown-weights",
        "there are no weights of this name",
        'Weights are "none", a name that the library publishes for this body and size, or a path to a file or'
        " to the folder of a run.",
        "Starting from other weights than those that were meant changes every result.",
        "Use one of the names in the message, a path that ends in .safetensors, .pth, .pt, .ckpt or .bin, or"
        " the path of a run's folder.",
    ),
    "ARC213": Code(
        "unprintable-name",
        "a name holds characters that cannot be shown",
        "The name, or path, has a control character in it, a line break, or an invisible character.",
        "Names end up in tables, file headers and terminals, where such characters garble the line or worse.",
        "Write the name with visible characters and spaces.",
    ),
    "ARC214": Code(
        "input-name",
        "an input's name cannot be used",
        "An input's name is one of letters, digits and underscores, and none that the model's own parts have:"
        " body, decoder, head, merge, scores.",
        "The same name is an argument in Python and a value in ONNX, and may stand only for one thing.",
        "Choose another name, such as `image`.",
    ),
    "ARC215": Code(
        "no-effect",
        "a setting does nothing here",
        "Something else that the spec says puts this setting out of action, such as `hidden` of a head that"
        " is written layer by layer.",
        "A setting that does nothing is mostly one that was meant to do something.",
        "Remove it, or what makes it idle.",
    ),
    "ARC216": Code(
        "skipped-nothing",
        "weights skip what the model does not have",
        "A pattern of `skip` in a table of weights stands for tensors that start without the file.",
        "A pattern that matches nothing skips nothing, so that a tensor is loaded which was not meant to be.",
        "Use one of the names in the message; `archc params SPEC` lists the model's tensors.",
    ),
    "ARC220": Code(
        "one-answer",
        "a model is told to answer in two ways",
        "Two keys of the model say what it answers with, such as `classes` and `outputs`, or `head` and"
        " `decoder`.",
        "One of the two would be ignored.",
        "Keep one. Several answers from one body are a model of kind graph.",
    ),
    "ARC221": Code(
        "node-form",
        "a node or module of a graph does not say once what it is",
        "A node has exactly one of `use`, `layers`, `op`, `head` and `decoder`; a module exactly one of"
        " `body`, `layers`, `op` and `head`.",
        "With none there is nothing to compute, and of two it is open which comes first.",
        "Keep one; write a second node for the other.",
    ),
    "ARC222": Code(
        "unknown-value",
        "nothing has the name that is read",
        "`from` and `outputs` name an input, a node, or a part inside a node, such as `features.layer3`.",
        "Without the value there is nothing to read.",
        "Use one of the names in the message; `archc bodies REF` shows the parts of a body.",
    ),
    "ARC223": Code(
        "circle",
        "nodes read each other in a circle",
        "Each of the marked nodes reads, directly or through others, what it makes itself.",
        "None of them could be computed first.",
        "Let one of them read something else. Layers that repeat are written out, or are a `repeat`.",
    ),
    "ARC224": Code(
        "name-taken",
        "a name of a graph is taken, or cannot be one",
        "Inputs, nodes and modules share one space of names, which are paths in the model: words of letters,"
        " digits and underscores, with dots between. A node may be called like the module that it uses.",
        "The name is a submodule's path in Python, a key in files of weights, and a value in ONNX.",
        "Choose another name.",
    ),
    "ARC225": Code(
        "unknown-module",
        "a node uses a module that does not exist",
        "`use` names one of `[model.modules.NAME]`.",
        "Without the module there is nothing to apply.",
        "Correct the name, or add the module.",
    ),
    "ARC226": Code(
        "unread",
        "a node, module or input is there for nothing",
        "Nothing reads it, and it is no output.",
        "Its weights would be saved and never trained; mostly another name was meant somewhere.",
        "Read it, make it an output, or remove it.",
    ),
    "ARC227": Code(
        "unknown-output",
        "an output is named that the model does not have",
        "The keys of `losses`, `metrics.of` and `expect.outputs` are the model's outputs.",
        "What is asked of an output that is not there would never be looked at.",
        "Use one of the names in the message.",
    ),
    "ARC228": Code(
        "several-outputs",
        "it is open which output is meant",
        "`loss`, `metrics.kinds` and `expect.output` belong to a model with one output, `losses`,"
        " `metrics.of` and `expect.outputs` name theirs; the two do not go together.",
        "Guessing would train, or measure, the wrong one.",
        "Write the form that names each output, or remove one of the two.",
    ),
    "ARC229": Code(
        "read-count",
        "a node reads too many or too few values",
        "Layers, bodies and heads read one value, differences two, sums and concatenations two or more; a"
        " decoder reads a node that uses a body, or two of one module.",
        "A value too many would be ignored, and one too few leaves nothing to join.",
        "Correct `from`.",
    ),
}
