"""A first spec for what was found: commented, and fit to be brought into canonical form."""

from __future__ import annotations

from collections.abc import Iterable

from archc.init.choices import Choices, Kind
from archc.init.found import Data, Folders, Listed, Look, Masks, Names, Target
from archc.init.pixels import range_lines
from archc.source.text.quoting import quoted_string

_NAMED = 40
"""Classes beyond which the spec leaves their names to the folders."""
_SMALL = 48
_EARLIER = "layer3"
"""Where ResNets are cut for images so small that their last stage would leave a single point."""
_BUDGET = 64 * 224 * 224
"""Pixels of a batch."""


def spec_text(look: Look | None, choices: Choices) -> str:
    """Return the spec, before it is brought into canonical form."""
    data = look.data if look else None
    parts = [_top(look, choices), _inputs(look, choices), _model(data, choices), _data(look, choices)]
    parts += [_learning(data, choices), _train(data, choices)]
    return "".join(("\n" if line.startswith("[") else "") + f"{line}\n" for part in parts for line in part)


def _top(look: Look | None, choices: Choices) -> list[str]:
    data = look.data if look else None
    about = [f"# {_about(data, choices)}", "# Written by `archc init`: change what you know better."]
    return [*about, *_remarks(look), "archc = 1", f"name = {quoted_string(choices.name)}"]


def _about(data: Data | None, choices: Choices) -> str:
    what = {
        "classifier": "Which class an image belongs to",
        "unet": "Which class each pixel belongs to",
        "siamese": "Whether two images show the same",
        "graph": "Which class an image belongs to, as a graph of named nodes",
    }[choices.kind]
    where = f"learned from {data.images:,} images in {choices.root}" if data else "a spec to begin with"
    return f"{what}: {where}."


def _remarks(look: Look | None) -> list[str]:
    """Return what is left out, and in doubt: one comment each."""
    return [f"# - {note}" for note in look.notes] if look else []


def _inputs(look: Look | None, choices: Choices) -> list[str]:
    size = f"size = [{choices.size[0]}, {choices.size[1]}] # height, width: images are brought to it"
    channels = _channels(look, choices.kind)
    inside = [size, *([f"channels = {channels}"] if channels != 3 else [])]
    if look and look.dtype != "uint8":
        inside += [f'dtype = "{look.dtype}"', *range_lines(look.dtype, look.values, look.read)]
    if choices.kind == "siamese":
        return ["[inputs.left]", *inside, "[inputs.right]", *inside]
    return ["[input]", *inside]


def _channels(look: Look | None, kind: Kind) -> int:
    return look.channels if look else 3 if kind == "unet" else 1


def _model(data: Data | None, choices: Choices) -> list[str]:
    kind = f'kind = "{choices.kind}"'
    classes = _count(data, choices)
    counted = [f"classes = {classes}"] if classes else []
    if _regression(data):
        counted = [f"outputs = {len(data.classes)} # numbers"] if data else []
    if choices.kind == "graph":
        return _graph(choices, counted)
    if choices.kind == "siamese":
        merge = 'merge = "abs_difference" # of the two maps; or concat, product, ...'
        return ["[model]", kind, merge, *_body("[model.body]", choices)]
    if choices.kind == "unet":
        decoder = ["[model.decoder]", 'upsample = "nearest"', 'norm = "batch"', "last_cross = false"]
        return ["[model]", kind, *counted, *_body("[model.body]", choices), *decoder]
    head = ["[model.head]", 'preset = "concat_pool_mlp"', "hidden = [256]", "dropout = 0.5"]
    return ["[model]", kind, *counted, *_body("[model.body]", choices), *head]


def _count(data: Data | None, choices: Choices) -> int | None:
    """Return how many classes the model is told of: none where the data tells it."""
    if isinstance(data, Masks) or (data is not None and (len(data.classes) <= _NAMED or _says_all(data))):
        return None
    return len(data.classes) if data else 10 if choices.kind == "unet" else None


def _says_all(data: Data) -> bool:
    """Return whether the spec names the classes however many there are.

    Columns, and numbers that have names.
    """
    return isinstance(data, Listed) and (not data.target.classes or bool(data.target.cells))


def _regression(data: Data | None) -> bool:
    return isinstance(data, Listed) and data.target.kind == "values"


def _body(header: str, choices: Choices) -> list[str]:
    published = choices.record.default_weights
    known = f' # "{published}" starts from what ImageNet taught' if published else ""
    remark = known if choices.weights == "none" else " # downloaded once, when training begins"
    lines = [header, f'ref = "{choices.record.ref}"', f"weights = {quoted_string(choices.weights)}{remark}"]
    early = min(choices.size) <= _SMALL and _EARLIER in choices.record.children
    return [*lines, f'cut = "{_EARLIER}" # small images need no more'] if early else lines


def _graph(choices: Choices, counted: list[str]) -> list[str]:
    return [
        "[model]",
        'kind = "graph"',
        'outputs = { scores = "classify" }',
        *_body("[model.modules.encoder.body]", choices),
        "[[model.nodes]]",
        'name = "features"',
        'from = "image"',
        'use = "encoder" # a module used twice is one set of weights',
        "[[model.nodes]]",
        'name = "classify"',
        'from = "features"',
        'head = { preset = "concat_pool_mlp", hidden = [256] }',
        *counted,
    ]


def _data(look: Look | None, choices: Choices) -> list[str]:
    if look is None:
        return _no_data(choices)
    data = look.data
    inside = _described(data, choices)
    if choices.kind == "siamese":
        pairs = ["[data]", 'kind = "pairs" # drawn anew in each epoch; for validation once', "same = 0.5"]
        return [*pairs, "[data.of]", *inside]
    return ["[data]", *inside, *_augment(data, gray=_channels(look, choices.kind) == 1)]


def _no_data(choices: Choices) -> list[str]:
    if choices.kind == "unet":
        return []
    digits = ['kind = "digits" # comes with scikit-learn: put your own data here']
    if choices.kind == "siamese":
        return ["[data]", 'kind = "pairs"', "[data.of]", *digits]
    return ["[data]", *digits]


def _described(data: Data, choices: Choices) -> list[str]:
    root = f"root = {quoted_string(choices.root)}"
    match data:
        case Folders():
            valid = quoted_string(data.valid) if data.valid else "0.2"
            train = [f"train = {quoted_string(data.train)}"] if data.train else []
            levels = [f"levels = {data.levels} # folders below each other that name a class"]
            group = [f"group = '{data.group}' # whole folders are held out"] if data.group else []
            return [
                'kind = "image_folder"',
                root,
                *train,
                f"valid = {valid}",
                *(levels if data.levels > 1 else []),
                *(["stratified = false", *group] if group and choices.kind == "siamese" else []),
                *_class_names(data),
            ]
        case Names():
            label = [f"images = {quoted_string(data.pattern)}", f"label = '{data.label}'", "valid = 0.2"]
            return ['kind = "image_regex"', root, *label, *_class_names(data)]
        case Masks():
            return ['kind = "segmentation"', root, *_splits(data), *_mask_classes(data)]
        case Listed():
            return _table(data, root)


def _splits(data: Masks) -> list[str]:
    train, valid = (f"file = {quoted_string(path)}" if path else "" for path in data.lists)
    lines = [_files("train", data.train, train)]
    if data.valid is not None:
        return [*lines, _files("valid", data.valid, "")]
    if train:
        return [*lines, _files("valid", data.train, valid)]
    if valid:
        return [*lines, f'valid = {{ by = "file", {valid} }}']
    return [*lines, "valid = 0.2 # the share held out; which ones is drawn by split_seed"]


def _files(key: str, patterns: tuple[str, str], listed: str) -> str:
    images, masks = map(quoted_string, patterns)
    return f"{key} = {{ images = {images}, masks = {masks}{', ' if listed else ''}{listed} }}"


def _table(data: Listed, root: str) -> list[str]:
    valid = "0.2"
    if data.valid:
        values = f", values = {_listed(data.held)}" if data.held else ""
        valid = f'{{ by = "column", column = {quoted_string(data.valid)}{values} }}'
    delimiter = [f"delimiter = {quoted_string(data.delimiter)}"] if data.delimiter != "," else []
    return [
        'kind = "image_csv"',
        root,
        f"table = {quoted_string(data.table)}",
        *delimiter,
        f"image = {quoted_string(data.image)}",
        f"path = {quoted_string(data.path)}",
        f"target = {_target(data.target)}",
        f"valid = {valid}",
    ]


def _target(target: Target) -> str:
    kind = f'kind = "{target.kind}"'
    if not target.classes:
        return f"{{ {kind}, columns = {_listed(target.columns)} }}"
    parts = [kind, f"column = {quoted_string(target.columns[0])}"]
    parts += [f"separator = {quoted_string(target.separator)}"] if target.separator else []
    parts += [f"classes = {_listed(target.classes)}"] if len(target.classes) <= _NAMED or target.cells else []
    parts += [f"values = {_mapped(target.classes, target.cells)}"] if target.cells else []
    return "{ " + ", ".join(parts) + " }"


def _mapped(classes: Iterable[str], values: Iterable[int | str]) -> str:
    pairs = zip(classes, values, strict=True)
    return "{ " + ", ".join(f"{quoted_string(name)} = {_value(value)}" for name, value in pairs) + " }"


def _value(value: int | str) -> str:
    return str(value) if isinstance(value, int) else quoted_string(value)


def _class_names(data: Folders | Names) -> list[str]:
    return [f"classes = {_listed(data.classes)}"] if len(data.classes) <= _NAMED else []


def _mask_classes(data: Masks) -> list[str]:
    """Return the classes, what stands for each in the masks unless it is its place, and what is ignored."""
    remark = [] if data.named else ["# give them names"]
    lines = [*remark, f"classes = {_listed(data.classes)}"]
    if data.values:
        lines += ["# what the masks hold for each", f"values = {_mapped(data.classes, data.values)}"]
    if data.ignore is None:
        return [*lines, "# ignore = ... # what no loss and no metric shall see"]
    return [*lines, f"ignore = {data.ignore} # no loss and no metric sees it"]


def _listed(names: Iterable[str]) -> str:
    return "[" + ", ".join(map(quoted_string, names)) + "]"


def _augment(data: Data, *, gray: bool) -> list[str]:
    flip = [] if gray else ["horizontal_flip = 0.5 # not where left and right differ, as in writing"]
    rotate = [] if isinstance(data, Masks) else ["rotate = 10.0"]
    return ["[data.augment]", *flip, "scale = [1.0, 1.5]", *rotate, "brightness = 0.2", "contrast = 0.2"]


def _learning(data: Data | None, choices: Choices) -> list[str]:
    if choices.kind == "siamese":
        return ["[metrics]", 'kinds = ["verification_accuracy"]']
    if isinstance(data, Listed) and data.target.kind == "values":
        return ["[loss]", 'kind = "mse"', "[metrics]", 'kinds = ["mae"]']
    if isinstance(data, Listed) and data.target.kind == "tags":
        return ["[loss]", 'kind = "binary_cross_entropy"', "[metrics]", 'kinds = ["f1"]']
    if choices.kind == "unet":
        loss = ["[loss]", 'kind = "cross_entropy"', "dice = 1.0 # rare classes count as much as common ones"]
        return [*loss, "[metrics]", 'kinds = ["mean_iou", "pixel_accuracy"]'] if data else []
    return ["[metrics]", 'kinds = ["accuracy"]']


def _train(data: Data | None, choices: Choices) -> list[str]:
    if choices.kind == "unet" and data is None:
        return []
    lines = ["[train]", f"batch_size = {_batch(data, choices)}"]
    last = "decoder" if choices.kind == "unet" else "head"
    if choices.weights == "none" or choices.kind == "graph":
        return [*lines, "[[train.phases]]", "epochs = 20", "lr = 1e-3", 'schedule = "one_cycle"']
    first = [f"[[train.phases]] # the {last} learns first, on features that stay as they are"]
    first += ["epochs = 3", f'train = ["{last}"]', "lr = 3e-3", 'schedule = "one_cycle"']
    then = ["[[train.phases]] # then everything, slower the nearer to the image"]
    then += ["epochs = 10", "lr = [1e-5, 1e-3]", 'schedule = "one_cycle"']
    return [*lines, 'groups = "per_stage"', *first, *then]


def _batch(data: Data | None, choices: Choices) -> int:
    """Return a power of two that is no more than an eighth of the images."""
    height, width = choices.size
    most = min(64, _BUDGET // (height * width), (data.images if data else 1000) // 8)
    return max(2, 1 << max(1, most).bit_length() - 1)
