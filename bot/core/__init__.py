"""The nouns and the decisions: pure, so that every rule can be tested as a value."""
