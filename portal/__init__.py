"""Where articles come from: the offices' own portals, read from feeds and from single pages.

Speaks HTTP to addresses that people gave, so it trusts nothing that comes back. Knows no tables and no clock;
what it reads becomes a suggestion that a person takes up or leaves (`content.suggestions`), never a post by itself.
"""
