"""What the sandbox's model says."""

from __future__ import annotations


def answer(user_text: str) -> str:
    """The insertion at the cursor of the document in ``user_text``."""
    return "pass" if "<document " in user_text else "This is the sandbox."
