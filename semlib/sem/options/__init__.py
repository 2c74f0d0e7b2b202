"""What paper 1 leaves open, and how much of its Table 1 hangs on each point."""
