"""What a chat may ask, said once for all platforms."""
