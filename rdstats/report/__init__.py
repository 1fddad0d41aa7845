"""The report over seeds: a page with every table and figure beside it."""
