"""Health, metrics and the status page, over HTTP; read-only."""
