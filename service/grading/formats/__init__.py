"""What a grade is written as: one file a format, each a function of the grade and the languages."""
