"""ARC5xx: data, loss and metrics."""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code

DATA: dict[str, Code] = {
    "ARC501": Code(
        "class-count",
        "model and data disagree on the number of classes",
        "`classes` of the model is checked against the classes that the data has.",
        "With more outputs than classes some are never right; with fewer, labels are out of range.",
        "Leave `classes` out of `[model]`: it then follows the data.",
    ),
    "ARC502": Code(
        "task-mismatch",
        "the data is not of the kind that the model answers",
        "A classifier needs one label an image, a U-Net a mask, a siamese model pairs.",
        "There is nothing to compare the model's answer with.",
        "Change the model's kind, or the data's.",
    ),
    "ARC503": Code(
        "ignored-class",
        "the ignored label is one of the classes",
        "`ignore` is a mask value beyond the classes, that no loss and no metric sees.",
        "The class would never be learned, in silence.",
        "Set `ignore` to the number that unlabeled pixels have in the masks, or remove it.",
    ),
    "ARC504": Code(
        "class-weights",
        "the loss's class weights do not fit",
        "There is one weight for each class, and at least one of them is above 0.",
        "Weights are neither repeated nor dropped in silence.",
        'Write one number for each class in their order, or "balanced".',
    ),
    "ARC505": Code(
        "metric-mismatch",
        "a metric does not measure what the model answers",
        "accuracy counts images; mean_iou, pixel_accuracy and dice count pixels; mae and rmse, numbers.",
        "The figure would mean something else than its name says.",
        "Use a metric that the message names.",
    ),
    "ARC506": Code(
        "channel-count",
        "images of this data cannot have such channels",
        "The digits give 1 channel or 3 equal ones, of 8 bits. Image files have any number, and any dtype.",
        "There is nothing to fill other channels with.",
        "Set the input's `channels` or `dtype` to what the message says.",
    ),
    "ARC507": Code(
        "no-data",
        "there is training but no data",
        "`[train]` says how to train, `[data]` on what.",
        "Nothing could be trained.",
        "Add a `[data]` table, or remove `[train]`.",
    ),
    "ARC508": Code(
        "class-twice",
        "two classes have one name",
        "Reports, metrics and the exported model call classes by their names.",
        "It would be open which one is meant.",
        "Give each class a name of its own.",
    ),
    "ARC509": Code(
        "one-mask",
        "all images of a split would share one mask",
        "The mask's path is made from each image's name, which {stem} stands for; this one lacks it.",
        "A model that learns one mask for every image learns nothing.",
        'Put {stem} into the path, such as "masks/{stem}.png".',
    ),
    "ARC510": Code(
        "data-path",
        "a path of the data leaves its root, or cannot be one",
        "Images and masks are found below `root`, by paths with / between folders.",
        "A spec may come from a stranger: it reads nothing outside of the folder that it names as its root.",
        "Write the path as seen from `root`; `root` itself may be anywhere.",
    ),
    "ARC511": Code(
        "one-class",
        "there is one class only",
        "Cross-entropy compares classes with each other.",
        "With a single class every answer is right: the loss is 0 from the first step.",
        "Name the background, or the other answer, as a class too.",
    ),
    "ARC512": Code(
        "images-an-example",
        "training and validation have not the same number of images an example",
        "`others` names further images beside each one, for a model with several inputs.",
        "The model takes the same inputs in both.",
        "Write `others` alike for training and validation.",
    ),
    "ARC513": Code(
        "expression",
        "a regular expression of the data is none, or lacks its group",
        "Labels and groups are found in paths by RE2's expressions, in a named group: label or group.",
        "A spec may come from a stranger: RE2 takes linear time, and has no look-ahead or back-reference.",
        "Write the part that matters as (?P<label>...) or (?P<group>...).",
    ),
    "ARC514": Code(
        "target-mismatch",
        "the data's targets do not fit what is asked of them",
        "Each trained output learns the target of its name, or the only one; pairs need one class an image.",
        "There is nothing to compare the model's answer with.",
        "Name the data's targets as the model's outputs.",
    ),
    "ARC515": Code(
        "loss-mismatch",
        "the loss does not fit the data, or the model's output",
        "A loss compares one kind of output with its target: scores of classes, for images or pixels, scores "
        "of several labels an image, numbers, or the embeddings of pairs and triplets.",
        "It would compare what cannot be compared.",
        "Use the loss that the message names.",
    ),
    "ARC516": Code(
        "class-values",
        "what each class is in the data is not said, or said twice",
        "`values` gives each class its pixels in the masks (numbers, or colors as #rrggbb), or its texts in "
        "a table's column; `ignore` gives pixels that are none.",
        "A pixel or a text with two meanings, or with none, would be learned as the wrong class.",
        "Name the same classes in both, each with values of its own, all numbers or all colors.",
    ),
}
