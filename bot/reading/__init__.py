"""Text, from a post's HTML to a platform's dialect: pure, and ignorant of every noun."""
