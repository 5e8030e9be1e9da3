"""Ground floor: speaks HTTP to platforms; knows no tables, no campaign, no clock.

One line per platform. An explicit table beats scanning a folder: a search finds it, and a platform's
module is imported only when it is used.
"""

from functools import cache
from importlib import import_module

from connectors.base import Connector

CONNECTORS = {
    "facebook": "connectors.facebook:FacebookPage",
    "zalo": "connectors.zalo:ZaloOA",
    "youtube": "connectors.youtube:YouTubeChannel",
}


def connector_class(platform: str) -> type[Connector]:
    """The connector of a platform. Raises KeyError for a platform that has no line above."""
    return _class_at(CONNECTORS[platform])


@cache
def _class_at(address: str) -> type[Connector]:
    """Looked up once: every publication asks several times."""
    module, name = address.split(":")
    found: type[Connector] = getattr(import_module(module), name)
    return found
