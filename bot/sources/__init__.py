"""Looking at blogs: politely, safely, and never on the event loop's own time."""
