"""One-shot classification: of some classes, shown by one image each, which is this other image of?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from archc.data.augment import UNCHANGED, applied
from archc.data.batches import tensors
from archc.data.examples import Batch
from archc.data.inputs.image import Size
from archc.data.kinds.pairs import Drawn
from archc.data.randomness import Purpose, generator
from archc.files.errors import WorldError
from archc.plan.outputs import comparison
from archc.training.evaluate import Predict, Prepare
from archc.training.loss import distance
from archc.training.objectives import Objective


@dataclass(frozen=True, slots=True)
class Trial:
    """The numbers of an image, and of one image of each class; the first is of the image's own class."""

    query: int
    support: tuple[int, ...]


def one_shot(
    predict: Predict,
    prepare: Prepare,
    objective: Objective,
    drawn: Drawn,
    trials: Sequence[Trial],
    size: Size,
) -> float:
    """Return the share of trials in which the image's own class looks most like it.

    A module must be in evaluation mode; it is asked for every pair of image and class.
    """
    right = 0
    with torch.inference_mode():
        for trial in trials:
            pairs = [(trial.query, number) for number in trial.support]
            inputs, _ = prepare(_batch(drawn, pairs, size))
            alike = _likeness(objective, objective.reads(predict(*inputs)))
            right += int(alike.argmax()) == 0
    return right / len(trials)


def draw_trials(drawn: Drawn, ways: int, count: int, seed: int = 0, *, within: bool = False) -> list[Trial]:
    """Return trials as a function of the arguments alone.

    Args:
        within: the classes of a trial share what is before the last `/` of their names, as characters share
            an alphabet; which makes it harder.

    Raises:
        WorldError: there are not so many classes.
    """
    pools = [pool for pool in _pools(drawn, within) if len(pool) >= ways]
    if not pools:
        raise WorldError(f"there are no {ways} classes to tell apart", "ask for fewer ways")
    return [_trial(drawn, pools, ways, generator(seed, Purpose.PAIRS, number)) for number in range(count)]


def _pools(drawn: Drawn, within: bool) -> Iterator[list[int]]:
    pools: dict[str, list[int]] = defaultdict(list)
    for number, members in enumerate(drawn.members):
        if len(members) > 1:
            pools[drawn.classes[number].rpartition("/")[0] if within else ""].append(number)
    yield from pools.values()


def _trial(drawn: Drawn, pools: Sequence[Sequence[int]], ways: int, random: np.random.Generator) -> Trial:
    pool = pools[int(random.integers(len(pools)))]
    classes = random.permutation(np.asarray(pool))[:ways].tolist()
    query, own = random.permutation(np.asarray(drawn.members[classes[0]]))[:2].tolist()
    others = (int(random.choice(np.asarray(drawn.members[number]))) for number in classes[1:])
    return Trial(query, (own, *others))


def _batch(drawn: Drawn, pairs: Sequence[tuple[int, int]], size: Size) -> Batch:
    loaded: dict[int, Tensor] = {}
    for number in {number for pair in pairs for number in pair}:
        images, _, _ = tensors(applied([UNCHANGED], drawn.of.load(number), size), number)
        (loaded[number],) = images.values()
    inputs = {
        name: torch.stack([loaded[pair[side]] for pair in pairs]) for side, name in enumerate(drawn.names)
    }
    return Batch(inputs, {}, torch.arange(len(pairs)))


def _likeness(objective: Objective, outputs: tuple[Tensor, ...]) -> Tensor:
    """Return how much the two of each pair are the same, (N,), in any unit."""
    if compared := comparison(objective.outputs):
        return -distance(outputs[0], outputs[1], compared.normalize)
    return outputs[0][:, 1] - outputs[0][:, 0]
