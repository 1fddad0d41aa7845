"""Simulated experiments: how often estimators are wrong where the truth is known."""
