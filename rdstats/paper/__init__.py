"""The paper's 13 tables and 13 figures, made again from recall tables."""
