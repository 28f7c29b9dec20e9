"""Questions about code: threads that remember their turns, what is told to the model, and its streamed answer."""
