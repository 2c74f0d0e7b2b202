"""What paper 1 says in 5.1 to 5.6 without a test, made measurable, and the rules of verdicts."""
