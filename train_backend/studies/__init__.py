"""Studies: which models are trained, compressed and evaluated, and by which settings."""
