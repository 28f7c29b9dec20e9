"""The LSP edge: the only package that knows pygls and lsprotocol."""
