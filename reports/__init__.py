"""What staff and leaders read: SELECTs, pure functions from rows to a summary, then the documents."""
