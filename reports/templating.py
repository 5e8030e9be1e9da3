"""The templates of what is made to be read: pages escape what they are given, text files do not."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def environment(*, keep_trailing_newline: bool = False) -> Environment:
    """A new one, for its maker to add filters to; a name that is not there is a bug and fails loudly."""
    return Environment(
        loader=PackageLoader("reports"),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=keep_trailing_newline,
    )
