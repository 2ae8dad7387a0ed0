"""Spec to Plan: one typed graph for every kind of model, with shapes, parameters and groups; no torch."""
