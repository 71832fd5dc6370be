"""What was promised, what was offered to make it right, and happy endings."""
