"""A case (办件) from application to its end: state, story, deadlines; and the messages about it."""
