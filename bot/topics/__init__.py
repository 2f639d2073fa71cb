"""Which chats want a post, and by which words: pure."""
