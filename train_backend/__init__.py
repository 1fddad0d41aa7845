"""The training side: makes recall tables of pruned image classifiers.

Nothing is imported here, so that what needs no torch does not wait for it. Start at
`train_backend.studies.files.read_study` and `train_backend.running.engine.run_study`.
"""
