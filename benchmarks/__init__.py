"""Speed and ranking figures that anyone can measure again: generated records, peers beside us, one command each."""
