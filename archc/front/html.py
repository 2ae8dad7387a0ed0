"""A compiled model as a notebook shows it: the drawing, and below it the layer table."""

from __future__ import annotations

from base64 import b64encode

from archc.views.markup import xml_attribute, xml_text

_TABLE = "white-space:pre;line-height:1.3;overflow-x:auto;font-size:85%"


def page(name: str, table: str, svg: str) -> str:
    """Return HTML without scripts: both scroll sideways where there is no room for them.

    The drawing is an image of its own, as the styles and ids inside an SVG count for the whole page.
    """
    data = b64encode(svg.encode()).decode()
    return (
        '<div style="overflow-x:auto;background:#fff">'
        f'<img alt="drawing of {xml_attribute(name)}" style="max-width:none" '
        f'src="data:image/svg+xml;base64,{data}"></div>'
        f'<details open><summary>layers</summary><pre style="{_TABLE}">{xml_text(table)}</pre></details>'
    )
