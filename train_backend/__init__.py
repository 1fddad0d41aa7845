"""The training side: makes recall tables of pruned image classifiers.

Nothing is imported here, so that what needs no torch does not wait for it. Start at
`train_backend.study_files.read_study` and `train_backend.engine.run_study`.
"""
