"""What ends a command: one clear sentence, and an exit code that is not 0."""


class UserError(Exception):
    """Something the person at the keyboard can mend; the message says what and how."""
