"""Who the user is: sign-in, tokens, their renewal and their place on disk (spec/auth.md)."""
