"""`check`: counts of two models in, a verdict out, in words and as a page."""
