"""A Codex that works without OpenAI: issuer, backend and a small model in memory, for people and for tests."""
