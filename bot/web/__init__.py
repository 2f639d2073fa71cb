"""What the bot shows over HTTP: its health."""
