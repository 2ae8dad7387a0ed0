"""One text: spans, the syntax trees of TOML and JSON, layout, edits."""
