"""The command `rdstats`: one file per command."""
