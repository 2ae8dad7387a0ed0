"""ARC4xx: parameter groups, phases, batches."""

from __future__ import annotations

from archc.source.diagnostics.code_entry import Code

GROUPS: dict[str, Code] = {
    "ARC401": Code(
        "orphan-parameters",
        "parameters are in no group",
        "The written groups match only some of the model's parameters.",
        "What is in no group has no learning rate: it would never be trained, in silence.",
        'Add a group for the parts that the message names; `match = ["*"]` as the last group takes the rest.',
    ),
    "ARC402": Code(
        "group-twice",
        "two groups have one name",
        "A phase refers to groups by their names.",
        "It would be open which one is meant.",
        "Rename one, or put both patterns into one group's `match`.",
    ),
    "ARC403": Code(
        "idle-pattern",
        "a group's pattern matches no parameter",
        "A pattern is the beginning of parameters' names, segment by segment; `*` stands for one segment.",
        "The group would not train what it was written for.",
        "Correct the pattern; `archc params SPEC` shows every parameter's name.",
    ),
    "ARC404": Code(
        "shadowed-pattern",
        "groups before it take all that a pattern matches",
        "A parameter goes to the first group that matches it.",
        "The group would be smaller than it reads, or empty.",
        "Put the narrower pattern first.",
    ),
    "ARC405": Code(
        "unknown-group",
        "a phase trains a group that does not exist",
        "`train` of a phase lists parameter groups, by name or by the dotted beginning of names.",
        "The phase would train something else than was meant.",
        "Use the names in the message; `archc params SPEC` shows each group in each phase.",
    ),
    "ARC406": Code(
        "idle-phase",
        "a phase trains nothing",
        "Its list of groups is empty.",
        "Its epochs would change nothing.",
        "Name the groups to train, or leave `train` out to train all.",
    ),
    "ARC407": Code(
        "rate-count",
        "a list of learning rates does not fit the groups",
        "One rate is everybody's; two are spread geometrically from the first group to the last; otherwise"
        " each group has its own.",
        "Rates are neither repeated nor dropped in silence.",
        "Write one, two, or one for each group; `archc params SPEC` shows the groups in order.",
    ),
    "ARC408": Code(
        "batch-of-one",
        "a batch norm would see one number",
        "In training a batch norm needs the mean and the spread of each channel; here a batch holds one"
        " example and the map one pixel.",
        "The spread of one number is zero, and the framework refuses.",
        "Use batches of 2 or more.",
    ),
    "ARC409": Code(
        "rates-said-twice",
        "several rates and a layer decay",
        "A phase has a list of rates and a `layer_decay`, and each of the two gives every group its rate.",
        "One of them would have to be ignored.",
        "Write one `lr`, which is the last group's, with `layer_decay`; or the list alone.",
    ),
    "ARC410": Code(
        "too-many-patterns",
        "the groups have more patterns than archc tries",
        "Each pattern is held against each parameter's name; half a million such trials are the most.",
        "Checking would take minutes.",
        "Write fewer patterns: one takes all that lies under its path, and `*` stands for any one segment.",
    ),
}
