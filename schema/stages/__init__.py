"""The stages of reading a document, one file a stage or a part of one (format.md 3)."""
