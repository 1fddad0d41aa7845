"""One file per format of `rdstats import`, and their registry."""
