"""A model drawn: blocks, places, lines; as SVG and as Mermaid."""
