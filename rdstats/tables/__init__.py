"""Tables: a recall table in, one finished data frame per question out."""
