"""What a file holds, whatever it is about: records, arrays, pieces of predictions."""
