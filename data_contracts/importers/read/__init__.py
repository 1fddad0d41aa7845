"""What a file holds, whatever it is about: text, records, arrays, pieces of predictions."""
