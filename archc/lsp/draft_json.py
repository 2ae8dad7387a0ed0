"""A draft of JSON: one object."""

from __future__ import annotations

from archc.lsp.draft import Drafting
from archc.lsp.draft_values import read_value, space


def read(state: Drafting) -> None:
    """The object that the text begins with."""
    pos = space(state, 0)
    if state.text.startswith("{", pos):
        _, data = read_value(state, pos, (), None)
        state.data.update(data)
