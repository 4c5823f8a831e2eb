"""What we tell people, and where: importers, drawings, the command line."""
