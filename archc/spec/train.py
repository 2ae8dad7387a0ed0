"""How a model is trained."""

from __future__ import annotations

from typing import Annotated, Literal

from archc.spec.data import Augment
from archc.spec.fields import (
    Doc,
    Fraction,
    MaxLen,
    MinLen,
    Name,
    Natural,
    NonNegativeFloat,
    Positive,
    PositiveFloat,
    Probability,
    Size,
    Table,
    Tagged,
    Workers,
)
from archc.spec.frozen import named

ScheduleName = Literal["one_cycle", "constant", "cosine", "flat_cosine"]
ClassWeights = Annotated[
    Literal["none", "balanced"] | tuple[NonNegativeFloat, ...],
    Doc('One number for each class; "balanced" weighs rare classes more, counted over the training data.'),
]


@named
class CrossEntropy(Table):
    """Cross-entropy of the classes, for images or pixels."""

    kind: Literal["cross_entropy"] = "cross_entropy"
    weights: ClassWeights = "none"
    label_smoothing: Probability = 0.0
    dice: Annotated[NonNegativeFloat, Doc("Weight of a soft Dice loss that is added to it.")] = 0.0
    weight: Annotated[PositiveFloat, Doc("Its share where several outputs' losses are summed.")] = 1.0


@named
class Focal(Table):
    """Focal loss: cross-entropy with little weight on well-classified examples (Lin et al. 2017).

    It is for rare classes and small objects; of classes, of pixels, or of each label on its own.
    """

    kind: Literal["focal"] = "focal"
    gamma: Annotated[
        NonNegativeFloat, Doc("How fast the loss falls where the model is right; 0 is cross-entropy.")
    ] = 2.0
    alpha: Annotated[
        Fraction | None,
        Doc(
            "Weight of every class but the first, the background, which weighs 1 - alpha; of labels, of a "
            "yes beside a no. Left out: all weigh 1.",
            (0.25,),
        ),
    ] = None
    weights: ClassWeights = "none"
    weight: Annotated[PositiveFloat, Doc("Its share where several outputs' losses are summed.")] = 1.0


@named
class BinaryCrossEntropy(Table):
    """A yes or no for each class on its own: several may hold of one image (multi-label)."""

    kind: Literal["binary_cross_entropy"] = "binary_cross_entropy"
    positive_weights: Annotated[
        Literal["none", "balanced"] | tuple[PositiveFloat, ...],
        Doc('What a yes weighs beside a no, for each class; "balanced": counted over the training data.'),
    ] = "none"
    label_smoothing: Probability = 0.0
    weight: Annotated[PositiveFloat, Doc("Its share where several outputs' losses are summed.")] = 1.0


@named
class MeanSquaredError(Table):
    """The mean squared difference of numbers (regression)."""

    kind: Literal["mse"] = "mse"
    weight: Annotated[PositiveFloat, Doc("Its share where several outputs' losses are summed.")] = 1.0


@named
class MeanAbsoluteError(Table):
    """The mean absolute difference of numbers (regression)."""

    kind: Literal["l1"] = "l1"
    smooth: Annotated[
        NonNegativeFloat, Doc("Differences below it count by their square (torch's smooth L1, `beta`).")
    ] = 0.0
    weight: Annotated[PositiveFloat, Doc("Its share where several outputs' losses are summed.")] = 1.0


@named
class Poisson(Table):
    """How likely counts are where the output is the logarithm of their mean (Poisson regression).

    Numbers of 0 or more: how many cells, cars or people an image has.
    """

    kind: Literal["poisson"] = "poisson"
    weight: Annotated[PositiveFloat, Doc("Its share where several outputs' losses are summed.")] = 1.0


@named
class Contrastive(Table):
    """Loss that pulls embeddings of like images together, others apart (Hadsell, Chopra and LeCun 2006)."""

    kind: Literal["contrastive"] = "contrastive"
    margin: Annotated[PositiveFloat, Doc("The distance beyond which different ones push no more.")] = 1.0
    normalise: Annotated[bool, Doc("Compare directions: embeddings are scaled to length 1.")] = False
    weight: Annotated[PositiveFloat, Doc("Its share where several outputs' losses are summed.")] = 1.0


@named
class Triplet(Table):
    """An anchor nearer to one of its class than to one of another, by a margin."""

    kind: Literal["triplet"] = "triplet"
    margin: PositiveFloat = 1.0
    normalise: Annotated[bool, Doc("Compare directions: embeddings are scaled to length 1.")] = False
    weight: Annotated[PositiveFloat, Doc("Its share where several outputs' losses are summed.")] = 1.0


Loss = Annotated[
    CrossEntropy
    | Focal
    | BinaryCrossEntropy
    | MeanSquaredError
    | MeanAbsoluteError
    | Poisson
    | Contrastive
    | Triplet,
    Tagged("kind"),
]

MetricKind = Literal[
    "accuracy",
    "top_3",
    "top_5",
    "f1",
    "mean_iou",
    "pixel_accuracy",
    "dice",
    "mae",
    "rmse",
    "verification_accuracy",
]


@named
class Metrics(Table):
    """The metrics computed on the validation data after each epoch."""

    kinds: Annotated[
        tuple[MetricKind, ...],
        Doc(
            "The metrics; the first one decides which epoch is best. `f1`, `dice`, `mean_iou` are the mean "
            "over the classes, each counted over all validation data; a class in neither truth nor "
            "prediction is left out. Classes: `accuracy`, `top_3`, `top_5`, `f1`. Class maps: "
            "`mean_iou`, `pixel_accuracy`, `dice`. Labels: `f1`, `accuracy`. Numbers and counts: `mae`, "
            "`rmse`. Embeddings: `verification_accuracy`.",
            (("accuracy",),),
        ),
    ] = ()
    of: Annotated[
        dict[Name, tuple[MetricKind, ...]] | None,
        Doc(
            "Where there are several outputs: those of each, by its name; the first is watched.",
            ({"mask": ["mean_iou"], "scene": ["accuracy"]},),
        ),
    ] = None


@named
class Adam(Table):
    """Adam with decoupled weight decay (fastai's defaults)."""

    kind: Literal["adam"] = "adam"
    betas: tuple[Probability, Probability] = (0.9, 0.99)
    eps: PositiveFloat = 1e-5
    weight_decay: NonNegativeFloat = 0.01
    decay_norm_and_bias: Annotated[bool, Doc("Weight decay on norms and biases as well.")] = False


@named
class Sgd(Table):
    """Stochastic gradient descent with momentum."""

    kind: Literal["sgd"] = "sgd"
    momentum: Probability = 0.9
    nesterov: bool = False
    weight_decay: NonNegativeFloat = 0.01
    decay_norm_and_bias: Annotated[bool, Doc("Weight decay on norms and biases as well.")] = False


Optimizer = Annotated[Adam | Sgd, Tagged("kind")]


@named
class Group(Table):
    """A parameter group: every parameter under one of the paths that no group before it took."""

    name: Name
    match: Annotated[
        tuple[Name, ...],
        MinLen(1),
        Doc("Dotted paths; * stands for one segment.", (["body.layer1", "body.layer2"],)),
    ]


@named
class OneCycle(Table):
    """Cosine up to the learning rate, cosine down to almost nothing; momentum the other way round."""

    kind: Literal["one_cycle"] = "one_cycle"
    warmup: Annotated[Fraction, Doc("The share of steps that goes up.")] = 0.25
    start_divisor: Annotated[PositiveFloat, Doc("The first rate is the learning rate over this.")] = 25.0
    final_divisor: Annotated[PositiveFloat, Doc("The last rate is the learning rate over this.")] = 1e5
    momentum: Annotated[
        tuple[Probability, Probability, Probability] | None,
        Doc(
            "Momentum (adam: the first beta) at the start, the peak and the end; left out: 0.95, 0.85, 0.95."
        ),
    ] = (0.95, 0.85, 0.95)


@named
class Phase(Table):
    """Some epochs with one choice of what is trained and how fast."""

    epochs: Positive
    train: Annotated[
        tuple[Name, ...] | None,
        Doc("The parameter groups that are trained; the others are frozen. Left out: all."),
    ] = None
    lr: Annotated[
        PositiveFloat | tuple[PositiveFloat, ...],
        Doc("One rate; or [first, last], spread geometrically over the groups; or one for each group."),
    ] = 1e-3
    layer_decay: Annotated[
        Fraction | None,
        Doc(
            "With one `lr`, the last group's: each group before it has this share of the next one's.", (0.75,)
        ),
    ] = None
    schedule: Annotated[ScheduleName | OneCycle, Doc("How the rate moves within the phase.")] = "one_cycle"
    train_norm: Annotated[
        Literal["none", "statistics", "all"],
        Doc(
            'Norm layers of frozen groups: "none" keeps their running statistics, "statistics" updates them, '
            '"all" trains their weights too.'
        ),
    ] = "statistics"
    size: Annotated[Size | None, Doc("Another input size for this phase (progressive resizing).")] = None
    batch_size: Positive | None = None
    augment: Annotated[
        Augment | None, Doc("Other random changes in this phase, in place of the data's; {} for none.")
    ] = None


@named
class Train(Table):
    """The optimizer, the parameter groups, and the phases in order."""

    batch_size: Positive = 32
    optimizer: Optimizer = Adam()
    groups: Annotated[
        Literal["body_head", "per_stage", "per_block"] | tuple[Group, ...],
        Doc(
            "How parameters are grouped, first group nearest to the input. body_head: the body, and each "
            "other part. per_stage: as fastai splits the bodies it knows. per_block: each block of the body "
            "(residual, dense, inception), its stem, and what is behind the blocks; a plain chain is split "
            "where it reduces the map."
        ),
    ] = "body_head"
    phases: Annotated[tuple[Phase, ...], MinLen(1), MaxLen(100)]
    seed: Natural = 42
    workers: Annotated[
        Workers | None,
        Doc(
            "Processes that load data, at most 8 are started for each core. Left out: one for each core, "
            "at most 8 in all."
        ),
    ] = None
    gradient_clip: Annotated[PositiveFloat | None, Doc("Largest norm of all gradients together.")] = None
    deterministic: Annotated[
        Literal["none", "strict"],
        Doc(
            '"strict": what has several forms is computed in the one that gives the same bits each time, and '
            "what has no such form stops the training (torch.use_deterministic_algorithms)."
        ),
    ] = "none"
