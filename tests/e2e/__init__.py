"""The program as a process of its own, against servers and machines that misbehave."""
