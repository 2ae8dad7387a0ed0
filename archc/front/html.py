"""A compiled model as a notebook shows it: the drawing, and below it the layer table."""

from __future__ import annotations

from archc.views.markup import xml_text

_TABLE = "white-space:pre;line-height:1.3;overflow-x:auto;font-size:85%"


def page(table: str, svg: str) -> str:
    """Return HTML without scripts: both scroll sideways where there is no room for them."""
    return (
        f'<div style="overflow-x:auto;background:#fff">{svg}</div>'
        f'<details open><summary>layers</summary><pre style="{_TABLE}">{xml_text(table)}</pre></details>'
    )
