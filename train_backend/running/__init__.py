"""Running a study: what is left is done, here or on a cluster, and its table is written."""
