"""Text to `Document` with a span for every key and value; diagnostics as values; their rendering."""
