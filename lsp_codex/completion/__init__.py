"""Ghost text: from a place in a document to a suggestion."""
