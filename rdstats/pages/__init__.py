"""The report: one page that opens without a network, and its tables and figures beside it."""
