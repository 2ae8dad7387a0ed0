"""Texts made to keep a machine busy: `BOMBS` by name; one that begins with `{` is JSON.

Each group's docstring says which guard stops it. With the guard taken out, at least one of the group runs for
minutes or takes gigabytes.
"""

from __future__ import annotations

from tests.hostile.model_bombs import nodes, sizes, structures
from tests.hostile.text_bombs import texts
from tests.hostile.work_bombs import work

BOMBS: dict[str, str] = texts() | structures() | nodes() | sizes() | work()
