"""What tables become: files, rounded numbers, harmless text, tables in a terminal."""
