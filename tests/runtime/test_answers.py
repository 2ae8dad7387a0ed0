"""What the numbers of an output mean, by its task."""

from __future__ import annotations

import numpy as np
import pytest

from archc.runtime.description import Output
from archc.runtime.outputs import Numbers, Values, output_value
from archc.spec.outputs import TASKS, Task


def test_counts_are_told_as_counts() -> None:
    output = Output("scores", "counts", "none", ("cells", "dust"))
    told = output_value(output, np.log(np.array([12.5, 0.5], np.float32)), (1, 1), top=1, threshold=0.5)
    assert isinstance(told, Values)
    assert [name for name, _ in told.values] == ["cells", "dust"]
    assert [value for _, value in told.values] == pytest.approx([12.5, 0.5])


@pytest.mark.parametrize("task", TASKS)
def test_an_output_of_another_shape_than_its_task_is_numbers(task: Task) -> None:
    for shape in ((2, 3), (1, 2, 3, 4), (0,)):
        told = output_value(
            Output("scores", task, "none", ()), np.zeros(shape, np.float32), (3, 4), top=1, threshold=0.5
        )
        assert isinstance(told, Numbers)
