"""The paper's tables made again from recall tables, beside the printed numbers."""
