"""The guard and the limits of an office whose portal is on this machine."""

from urllib.parse import urlsplit

from portal.fetch import Limits
from portal.guard import Guard
from tests.scheduler.portal_server import Portal


def loopback(portal: Portal) -> tuple[Guard, Limits]:
    """A guard that lets the test's own server through, and limits that no test waits for."""
    return Guard.of(urlsplit(portal.address).netloc), Limits(connect=5, read=30, whole=60)
