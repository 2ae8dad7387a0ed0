"""From examples to weights: loss, optimizer, schedule, the loop, and the folder that a run leaves behind."""
