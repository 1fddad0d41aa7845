"""Training: the loop, its steps, evaluation, devices and random streams."""
