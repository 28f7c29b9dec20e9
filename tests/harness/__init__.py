"""What every test may use: the clock, the wire, the fake editor, builders of accounts."""
