"""Code actions: what can be done to the code at a place, how a model is asked, what becomes of its answer."""
