"""What is remembered. The SQL stands in files beside the code that runs it."""
