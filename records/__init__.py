"""What must be provable years later: the chain of the audit log, how long each kind of record is kept, the archive."""
