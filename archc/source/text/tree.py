"""The tree of a text in either format, off which places, comments, edits and layout are read."""

from __future__ import annotations

from functools import lru_cache

from archc.source.text.limits import Format
from archc.source.text.nodes import Tree


@lru_cache(maxsize=4)
def tree_of(text: str, format: Format) -> Tree:
    """Return the tree of any text; the last few are kept, as one text is asked about by several readers."""
    if format == "toml":
        from archc.source.text.toml_tree import toml_tree

        return toml_tree(text)
    from archc.source.text.json_tree import json_tree

    return json_tree(text)
