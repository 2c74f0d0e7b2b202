"""Not in paper 1: stronger representations on the same data, with the same encoder, and how to probe them."""
