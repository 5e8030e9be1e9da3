"""The public page of each imitated platform: what the people see, newest first."""

from html import escape

from sandbox.world import PublicItem, World


def render_page(world: World, items: list[PublicItem]) -> str:
    """One HTML page that looks like this platform's feed."""
    rows = "".join(f"<li><h2>{escape(item.title)}</h2><p>{escape(item.text)}</p></li>" for item in items)
    return f"<!doctype html><html lang=vi><title>{escape(world.platform)}</title><ul>{rows}</ul></html>"
