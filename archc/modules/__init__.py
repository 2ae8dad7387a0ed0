"""torch begins here: ops to modules, plans to `nn.Module`, bodies and their weights."""
