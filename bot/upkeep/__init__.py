"""What keeps the bot running for years: its pulse, what it tells the operator, what it forgets, what it copies."""
