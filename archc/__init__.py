"""archc compiles a declarative model spec, checked to the last shape, into a deployable network."""

__version__ = "0.1.0"
