"""Statistics: arrays in, arrays out. Classes are the last axis, models the one before."""
