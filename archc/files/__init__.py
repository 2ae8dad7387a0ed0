"""Files, safely: whole or not at all, inside their root, with their hash; the standard library alone."""
