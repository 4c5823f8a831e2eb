"""The number systems that a rule runs in; each is one file and obeys `protocol.System`."""
