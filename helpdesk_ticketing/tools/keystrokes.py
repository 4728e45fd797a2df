"""Bounds what may be asked while somebody types: by worker, in memory, since the answer may not write."""

import threading
import time
from collections import OrderedDict, deque

LIMIT = 40  # questions...
SECONDS = 10  # ...within so many seconds: nobody types faster
KEYS = 10_000


class Keystrokes:
    """Counts questions by who asks.

    >>> counter = Keystrokes(limit=2, seconds=10)
    >>> [counter.allow("me", now) for now in (0, 1, 2, 10.5)], counter.allow("you", 2)
    ([True, True, False, True], True)
    """

    def __init__(self, limit=LIMIT, seconds=SECONDS):
        self.limit, self.seconds = limit, seconds
        self.asked = OrderedDict()
        self.lock = threading.Lock()

    def allow(self, key, now=None):
        """Count a question, and tell whether it is answered."""
        now = time.monotonic() if now is None else now
        with self.lock:
            moments = self.asked.setdefault(key, deque())
            self.asked.move_to_end(key)
            while len(self.asked) > KEYS:
                self.asked.popitem(last=False)
            while moments and moments[0] <= now - self.seconds:
                moments.popleft()
            if len(moments) >= self.limit:
                return False
            moments.append(now)
            return True
