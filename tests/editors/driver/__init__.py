"""What a person does at an editor, for tests: a terminal, Neovim in it, a browser beside it."""
