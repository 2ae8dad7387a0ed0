"""Text to draft."""

from __future__ import annotations

from archc.editor import draft_json, draft_toml
from archc.editor.draft import Draft, Drafting
from archc.source.limits import Format


def drafted(text: str, format: Format) -> Draft:
    """The draft of a text without byte order mark."""
    state = Drafting(text, format)
    (draft_toml if format == "toml" else draft_json).read(state)
    return Draft(text, format, state.data, state.pieces, tuple(state.slots), tuple(state.sections))
