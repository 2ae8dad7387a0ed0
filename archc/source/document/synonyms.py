"""Names that other libraries have: words that people bring along from torch, fastai, timm and Keras.

Edit distance does not lead from `bs` to `batch_size`, nor from `Dense` to `linear`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

_KEYS: dict[str, tuple[str, ...]] = {
    "arch architecture backbone encoder encodername modelname timmmodel": ("ref",),
    "input inputs source parents": ("from",),
    "pretrained checkpoint ckpt encoderweights": ("weights",),
    "bs batch trainbatchsize": ("batch_size",),
    "learningrate lrmax maxlr baselr initiallr rate": ("lr",),
    "epoch nepoch nepochs numepochs maxepochs": ("epochs",),
    "scheduler sched lrscheduler lrschedule": ("schedule",),
    "wd decay l2": ("weight_decay",),
    "mom": ("momentum",),
    "opt optim optfunc optimiser": ("optimizer",),
    "lossfunc lossfn criterion objective": ("loss", "losses"),
    "metric": ("metrics", "kinds"),
    "nout numclasses nclasses nclass nc labels classnames names codes vocab": ("classes", "out_features"),
    "inchans nin chin numchannels inputchannels": ("channels", "in_channels"),
    "imgsize imagesize inputsize imgsz resolution shape inputshape itemtfms": ("size",),
    "numworkers nworkers dataloaderworkers": ("workers",),
    "randomseed randomstate": ("seed",),
    "gradclip clipgrad clipgradnorm gradientclipval maxnorm clipnorm": ("gradient_clip",),
    "freeze frozen freezeepochs unfreeze trainable": ("train",),
    "validpct valpct valsplit validationsplit testsize validationfraction val validation": ("valid",),
    "path datadir datapath dir directory folder dataset": ("root",),
    "pat pattern regex labelregex labelfunc": ("label",),
    "csv csvfile file annotations": ("table",),
    "ignoreindex voididx void": ("ignore",),
    "lblsmooth smoothing": ("label_smoothing",),
    "ks kernel filtersize": ("kernel_size",),
    "nf filters outch outplanes numfilters outchans features": ("out_channels", "out_features"),
    "ni inch inplanes infeats": ("in_channels", "in_features"),
    "units outfeats outdim dim": ("out_features",),
    "pad": ("padding",),
    "prob rate droprate": ("p", "dropout"),
    "type layer name class target": ("op", "kind"),
    "task architecturetype family": ("kind",),
    "linftrs hiddensizes hiddendims": ("hidden",),
    "ps drop dropouts": ("dropout",),
    "concatpool pooling": ("pool",),
    "skipconnections skipnames": ("skips",),
    "selfattn attention": ("self_attention",),
    "hflip fliplr flip doflip randomhorizontalflip": ("horizontal_flip",),
    "vflip flipud flipvert randomverticalflip": ("vertical_flip",),
    "degrees maxrotate rotation": ("rotate",),
    "zoom maxzoom randomresizedcrop": ("scale",),
    "opsetversion": ("opset",),
    "dynamicaxes dynamicshapes": ("dynamic",),
    "path filename checkpoint checkpointpath ckptpath location": ("file",),
    "key subkey statedict statedictkey branch model": ("entry",),
    "stripprefix removeprefix strip": ("prefix",),
    "exclude except ignore ignored omit drop skipped": ("skip",),
    "replace mapping keymap renamed": ("rename",),
    "tfms transforms augmentation augmentations augtransforms batchtfms": ("augment",),
}
_PLACES: dict[str, str] = {
    "ref weights cut": "model.body",
    "hidden dropout preset": "model.head",
    "skips upsample self_attention": "model.decoder",
    "classes kind body head decoder": "model",
    "size channels mean std": "input",
    "batch_size optimizer groups workers seed gradient_clip phases": "train",
    "lr epochs schedule train layer_decay train_norm": "train.phases",
    "weight_decay momentum betas eps nesterov": "train.optimizer",
    "root valid label table ignore augment": "data",
    "horizontal_flip vertical_flip rotate scale": "data.augment",
    "label_smoothing": "loss",
    "kinds": "metrics",
    "opset dynamic preprocess postprocess": "export",
}
"""Where keys belong that are often looked for elsewhere."""
_BODY_OF_A_NODE = 'a body goes into a module: [model.modules.NAME] with `body`; the node says use = "NAME"'
_VALUES: dict[str, tuple[tuple[str, str], ...]] = {
    "conv convolution convlayer": (("conv2d", ""),),
    "maxpool maxpooling maxpooling2d": (("max_pool2d", ""),),
    "avgpool averagepool averagepooling averagepooling2d": (("avg_pool2d", ""),),
    "gap globalavgpool globalaveragepooling globalaveragepooling2d globalpool": (("global_avg_pool2d", ""),),
    "adaptivepool adaptiveavgpool": (("adaptive_avg_pool2d", ""),),
    "adaptiveconcatpool concatpool": (("adaptive_concat_pool2d", ""),),
    "bn batchnorm norm batchnormalization": (("batch_norm2d", "behind `flatten` it is `batch_norm1d`"),),
    "ln layernormalization": (("layer_norm", ""),),
    "fc dense lin": (("linear", ""),),
    "swish": (("silu", ""),),
    "hswish": (("hardswish", ""),),
    "lrelu": (("leaky_relu", ""),),
    "interpolate resize upsampling upsampling2d": (("upsample", ""), ("bilinear", "")),
    "deconv convtranspose transposeconv conv2dtranspose transpose": (
        ("conv_transpose2d", ""),
        ("transposed", ""),
    ),
    "se semodule seblock": (("squeeze_excitation", ""),),
    "view": (("reshape", ""),),
    "cat concatenate": (("concat", ""),),
    "sum": (("add", ""),),
    "mul times": (("multiply", ""), ("product", "")),
    "diff difference absdiff": (("abs_difference", ""),),
    "classification cnn imageclassification visionlearner": (("classifier", ""),),
    "segmentation semanticsegmentation unetlearner deeplab fpn": (("unet", ""),),
    "twin twins": (("siamese", ""),),
    "regression regressor": (("classifier", "with `outputs` in place of `classes`"), ("mse", "")),
    "sequential functional custom network": (("graph", ""),),
    "adamw": (("adam", "its weight decay is decoupled, as AdamW's is"),),
    "nesterov": (("sgd", "with nesterov = true"),),
    "ce crossentropyloss crossentropylossflat nll nllloss categoricalcrossentropy": (("cross_entropy", ""),),
    "bce bcewithlogits bcewithlogitsloss binarycrossentropywithlogits": (("binary_cross_entropy", ""),),
    "mae l1loss": (("l1", ""), ("mae", "")),
    "l2 mseloss squarederror": (("mse", ""), ("rmse", "")),
    "huber smoothl1 smoothl1loss": (("l1", "with `smooth`"),),
    "dice diceloss": (("cross_entropy", "with dice = 1.0, which adds a Dice loss"),),
    "tripletmargin tripletmarginloss": (("triplet", ""),),
    "acc errorrate top1 top1accuracy": (("accuracy", ""), ("pixel_accuracy", "")),
    "iou miou jaccard meaniou": (("mean_iou", ""),),
    "pixelacc": (("pixel_accuracy", ""),),
    "f1score fbeta": (("f1", ""),),
    "onecyclelr 1cycle fitonecycle": (("one_cycle", ""),),
    "cosineannealing cosineannealinglr cos": (("cosine", ""),),
    "flatcos": (("flat_cosine", ""),),
    "fixed none": (("constant", ""),),
    "folder imagefolders fromfolder": (("image_folder", ""),),
    "csv dataframe df fromcsv": (("image_csv", ""),),
    "regex namere fromnamere": (("image_regex", ""),),
    "masks": (("segmentation", ""),),
    "mnist": (("digits", ""),),
}


_NOTES: dict[str, str] = {
    "freeze": "it lists the groups that are trained, the others are frozen",
    "frozen": "it lists the groups that are trained, the others are frozen",
    "unfreeze": "it lists the groups that are trained, the others are frozen",
    "pretrained": 'it is a name such as "IMAGENET1K_V1", or "none"',
}
_LOOSE = frozenset(("type", "layer", "name", "class", "target", "dim", "file", "input", "inputs", "source"))
"""Words that mean many things: a guess where the key they may stand for is not there, and nowhere else."""
_SAME = frozenset(
    (
        *(
            "type",
            "arch",
            "architecture",
            "backbone",
            "modelname",
            "encodername",
            "input",
            "inputs",
            "parents",
        ),
        *("bs", "trainbatchsize", "learningrate", "epoch", "nepoch", "nepochs", "numepochs", "maxepochs"),
        *("scheduler", "sched", "lrscheduler", "lrschedule", "wd", "mom", "opt", "optim", "optimiser"),
        *("lossfunc", "lossfn", "criterion", "metric", "numclasses", "nclasses", "nclass", "classnames"),
        *("inchans", "numchannels", "inputchannels", "imgsize", "imagesize", "inputsize"),
        *("numworkers", "nworkers", "dataloaderworkers", "randomseed", "randomstate"),
        *("gradclip", "clipgrad", "clipgradnorm", "gradientclipval"),
        *("validpct", "valpct", "valsplit", "validationsplit", "validationfraction", "val", "validation"),
        *("datadir", "datapath", "directory", "csv", "csvfile", "ignoreindex", "lblsmooth"),
        *("ks", "kernel", "filtersize", "numfilters", "outchans", "outplanes", "pad", "droprate"),
        *("hiddensizes", "hiddendims", "selfattn", "opsetversion", "degrees", "maxrotate", "rotation"),
        *("hflip", "fliplr", "randomhorizontalflip", "vflip", "flipud", "randomverticalflip"),
        *("augmentation", "augmentations"),
    )
)
"""Those of the other names that mean the very same thing, so that a program may write ours for them. The rest
are hints: `rate` may be a dropout's or an optimizer's, `zoom` is not measured as `scale` is."""
_FORMS: dict[str, str] = {
    "phases": "for example [[train.phases]] with epochs = 5",
    "epochs": "for example epochs = 5",
    "size": "for example size = [224, 224]: height, width",
    "weights": 'for example weights = "IMAGENET1K_V1" in a body, "none", or a path to a file or a run',
    "model": 'for example [model] with kind = "classifier", and [model.body] with its ref',
    "body": 'for example [model.body] with ref = "torchvision/resnet34"',
    "root": 'for example root = "data": the folder seen from the spec',
    "op": 'for example op = "relu"; docs/reference/ops.md describes all of them',
    "name": 'for example name = "features"',
    "from": 'for example from = "image"',
    "outputs": 'for example outputs = { scores = "classify" }, a node for each answer',
    "nodes": "write [[model.nodes]], each with name, from and what it does",
    "classes": 'for example classes = ["background", "road"]',
    "images": 'for example images = "train/*.jpg"',
    "masks": 'for example masks = "masks/{stem}.png"',
    "label": "for example label = '^(?P<label>.+)_[0-9]+[.]jpg$'",
    "of": 'for example [data.of] with kind = "image_folder" and root = "data"',
    "train": 'for example train = { images = "train/*.jpg", masks = "masks/{stem}.png" }',
    "valid": 'for example valid = { images = "valid/*.jpg", masks = "masks/{stem}.png" }',
    "out_features": "for example out_features = 10",
    "out_channels": "for example out_channels = 64",
    "kernel_size": "for example kernel_size = 3",
    "layers": 'for example layers = [{ op = "relu" }]',
}


def _by_word(table: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for words, keys in table.items():
        for word in words.split():
            found.setdefault(word, []).extend(keys)
    return found


_KEY_OF = _by_word(_KEYS)
_PLACE_OF = {key: place for keys, place in _PLACES.items() for key in keys.split()}
_VALUE_OF = {word: found for words, found in _VALUES.items() for word in words.split()}


def key_of(key: str, keys: Collection[str]) -> str | None:
    """Return which of some keys other libraries call `key`."""
    return next((each for each in _KEY_OF.get(_plain(key), ()) if each in keys), None)


def other_name_of(key: str, keys: Collection[str]) -> str | None:
    """Return which of some keys has the very meaning of another library's `key`; None where two have."""
    word = _plain(key)
    found = [each for each in _KEY_OF.get(word, ()) if each in keys] if word in _SAME else []
    return found[0] if len(found) == 1 else None


def home_of(key: str) -> str:
    """Return the dotted path of the tables where a key belongs that is often put elsewhere; or nothing."""
    return next((_PLACE_OF[each] for each in (key, *_KEY_OF.get(_plain(key), ())) if each in _PLACE_OF), "")


def form_of(key: str) -> tuple[str, ...]:
    """Return the help line for a key that is missing, or has a value of another type."""
    return (_FORMS[key],) if key in _FORMS else ()


def key_meant(key: str, free: Collection[str], valid: Collection[str]) -> tuple[str, ...]:
    """Return the help line for a key that other libraries have.

    Its table takes the keys `valid`, of which `free` are not written yet.
    """
    word = _plain(key)
    for each in _KEY_OF.get(word, ()):
        if each == "weights" and word == "pretrained" and "body" in valid:
            continue  # published weights are a body's, not the whole model's
        if each in free:
            return (f"did you mean `{each}`?" + (f" {_NOTES[word]}" if word in _NOTES else ""),)
        if each in valid and word not in _LOOSE:
            return (f"`{each}` is written already",)
    return ()


def place_of(key: str, table: str) -> tuple[str, ...]:
    """Return the help line for a key that is often looked for in the table of the dotted path `table`."""
    place = _PLACE_OF.get(key, table)
    if (key == "body" and table == "model") or (
        table == "model.nodes" and "model.body" in (place, f"model.{key}")
    ):
        return (_BODY_OF_A_NODE,)
    return () if place == table else (f"`{key}` belongs in `{place}`",)


def place_meant(key: str, table: str) -> tuple[str, ...]:
    """Return the help line for a key that other libraries have, and archc in another table."""
    known = () if _plain(key) in _LOOSE else _KEY_OF.get(_plain(key), ())
    for each in known:
        if table == "model.nodes" and _PLACE_OF.get(each) == "model.body":
            return (_BODY_OF_A_NODE,)
        if _PLACE_OF.get(each, table) != table:
            return (f"write `{each}` in `{_PLACE_OF[each]}`",)
    return ()


def asks_for_weights(word: str) -> bool:
    """Return True where a name of weights only says that there should be some."""
    return _plain(word) in ("default", "imagenet", "imagenet1k", "pretrained", "true", "yes", "best")


def value_meant(word: str, allowed: Sequence[str]) -> tuple[str, ...]:
    """Return the help line for a value that other libraries have."""
    last = _plain(word.rsplit(".", 1)[-1])
    for value, note in _VALUE_OF.get(last, ()):
        if value in allowed:
            return (f"did you mean `{value}`?" + (f" {note}" if note else ""),)
    return next(((f"did you mean `{value}`?",) for value in allowed if _plain(value) == last), ())


def _plain(word: str) -> str:
    return "".join(char for char in word.lower() if char.isalnum())
