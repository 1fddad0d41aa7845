"""The two commands: `rdtrain` makes recall tables, `rdstats` reads them."""
