"""The product with every pause after a crash shortened, so that a round takes a minute instead of a quarter of an hour.

    python -m benchmarks.rushing.hurried 30 run        `cchc run` with a thirtieth of each pause

What is shortened: leases, the pauses between looks after a lost answer, the pauses between tries. Nothing else is; the
order of steps, what is looked for and what is written down are the product's own. 1 leaves everything as shipped.
"""

import sys
from dataclasses import replace
from datetime import timedelta

from connectors.facebook import FacebookPage
from scheduler import retry

SHIPPED_LOOKS = FacebookPage.capabilities.looks
SHIPPED_BACKOFF = retry.BACKOFF


def shorten(times: float) -> None:
    """Divide the pauses; to be called before the rest of the product is imported, which takes them by name."""
    retry.BACKOFF = tuple(one / times for one in SHIPPED_BACKOFF)
    retry.LOOK_SOON = retry.LOOK_SOON / times
    FacebookPage.capabilities = replace(
        FacebookPage.capabilities, looks=tuple(one / times for one in SHIPPED_LOOKS)
    )  # fmt: skip
    from scheduler.claim import LEASES

    for action, lease in LEASES.items():
        LEASES[action] = lease / times


def longest(times: float) -> float:
    """Seconds that may pass without an arrival while nothing is wrong: a lease, all the looks, the pause after them,
    and a quarter more for a busy machine."""
    lease = timedelta(minutes=5)
    return 1.25 * (lease + sum(SHIPPED_LOOKS, timedelta()) + SHIPPED_BACKOFF[0] * 1.1).total_seconds() / times


def main() -> None:
    """The command `cchc` with what follows the number."""
    shorten(float(sys.argv.pop(1)))
    from cli.app import main as cchc

    cchc()


if __name__ == "__main__":
    main()
