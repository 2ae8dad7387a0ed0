"""Bodies recorded from their libraries into JSON. Nothing below imports it."""
