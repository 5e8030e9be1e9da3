"""The archive of one month: an evidence file, and beside it everything of the month as data that opens anywhere."""
