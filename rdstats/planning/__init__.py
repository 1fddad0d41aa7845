"""`power`: how many seeds and how many test samples a question needs."""
