"""What searches find, and the searches themselves."""
