"""The threads that carry out claims: so many for each platform, so that a slow one takes none from another."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import structlog

log = structlog.get_logger("scheduler.service")

KEPT_FREE = 2
"""Uploads may take long; so many hands of a platform are always left for the hour."""
MANY = 16
"""With fewer hands nothing is claimed ahead."""
KEPT_ERRORS = 10


def ahead(hands: int, preparing: int) -> int:
    """How much more than the hands of a platform can do may lie ready, `preparing` of them being at it.

    Where there are many, half as many more, so that a hand that becomes free has its next call at once. Hands that
    prepare count for nothing there: an upload may take longer than what waits behind it has.
    """
    return (hands - preparing) // 2 if hands >= MANY else 0


class Hands:
    """`each`: pieces of work in flight at once on a platform; each waits for an answer most of its time."""

    def __init__(self, each: int) -> None:
        self.each = each
        self._pools: dict[str, ThreadPoolExecutor] = {}
        self._running: Counter[str] = Counter()
        self._preparing: Counter[str] = Counter()
        self._futures: set[Future[None]] = set()
        self._errors: deque[BaseException] = deque(maxlen=KEPT_ERRORS)
        self._lock = threading.Lock()

    def room(self, platform: str) -> int:
        """How much more may be claimed for it; none while it is too little to be worth a claim.

        Twice `ahead`: no queue stands behind these hands as behind a worker's, and while the books are written and the
        next claim is made they would have nothing to do. What lies ready waits for one other piece of work at most.
        """
        more = 2 * ahead(self.each, self._preparing[platform])
        room = self.each + more - self._running[platform]
        return room if room >= max(1, more // 2) else 0

    def room_to_prepare(self, platform: str) -> int:
        """How much of that may be preparations."""
        return max(0, max(1, self.each - KEPT_FREE) - self._preparing[platform])

    @property
    def nearly_idle(self) -> bool:
        """Whether nothing is in flight but perhaps the work that asks."""
        return len(self._futures) <= 1

    def are_many(self) -> bool:
        """Whether so much is in flight that something ends at every moment."""
        return len(self._futures) >= MANY

    def give(self, platform: str, work: Callable[[], None], *, prepares: bool) -> None:
        """Let a hand of this platform do this work."""
        with self._lock:
            pool = self._pools.get(platform)
            if pool is None:
                pool = self._pools[platform] = ThreadPoolExecutor(self.each, thread_name_prefix=f"publish-{platform}")
            self._running[platform] += 1
            self._preparing[platform] += prepares
            future = pool.submit(work)
            self._futures.add(future)
        future.add_done_callback(lambda done: self._laid_down(done, platform, prepares))

    def _laid_down(self, future: Future[None], platform: str, prepares: bool) -> None:
        error = future.exception()
        with self._lock:
            self._running[platform] -= 1
            self._preparing[platform] -= prepares
            self._futures.discard(future)
            if error is not None:
                self._errors.append(error)
        if error is not None:  # its lease will run out
            log.error("not_recorded", error=f"{type(error).__name__}: {error}")

    def rest(self) -> None:
        """Until all work in flight has ended; raises what a hand could not record."""
        while self._futures:
            with self._lock:
                futures = list(self._futures)
            wait(futures)
        with self._lock:
            errors = list(self._errors)
            self._errors.clear()
        for error in errors:
            raise error

    def close(self) -> None:
        """Take no more, and let what is in flight end."""
        with self._lock:
            pools = list(self._pools.values())
        for pool in pools:
            pool.shutdown(wait=True)
