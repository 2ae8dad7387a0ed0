"""Names of a spec in drawings and comments: text there, whatever is in them, and never markup.

One function for each place; a new rendering takes one of these or adds its own here.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from archc.files.errors import printable

_MERMAID = str.maketrans(
    {"&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "#": "#35;", "`": "#96;", "\\": "#92;"}
)
_MARKDOWN = str.maketrans({c: f"&#{ord(c)};" for c in "\\`*_[]<>&@#|~"})


def xml_text(text: str) -> str:
    """Return `text` for between the tags of an SVG: XML allows no control characters, escaped or not."""
    return escape(printable(text))


def xml_attribute(text: str) -> str:
    """Return `text` for inside an attribute's quotes, double ones."""
    return escape(printable(text), {'"': "&quot;"})


def mermaid_label(text: str) -> str:
    """Return `text` for inside the quotes of a Mermaid label."""
    return printable(text).translate(_MERMAID)


def markdown_code(text: str) -> str:
    """Return a code span that may stand in a table: nothing in it is Markdown, HTML or a mention."""
    plain = printable(text).replace("|", "\\|")
    if "`" not in plain:
        return f"`{plain}`" if plain else ""
    fence = "`" * (1 + max(map(len, re.findall("`+", plain))))
    return f"{fence} {plain} {fence}"


def markdown_text(text: str) -> str:
    """Return plain words: what would be Markdown, HTML or a mention is not."""
    return printable(text).translate(_MARKDOWN)
