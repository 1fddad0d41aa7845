"""The command `rdtrain`."""
