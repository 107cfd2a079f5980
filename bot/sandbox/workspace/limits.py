"""Slack's rate limits: about one post a second a channel, and so many calls a minute of each other method.

Who is told to wait and calls before that is told to wait again.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Limits:
    """How often the app may call.

    Attributes:
        posts_per_second: chat.postMessage in one channel.
        burst: posts one channel takes at once before that rate holds.
        posts_per_minute: chat.postMessage in all channels together.
        per_minute: calls a minute of each method, by Slack's tier.
        enabled: False lets everything through.
    """

    posts_per_second: float = 1.0
    burst: int = 5
    posts_per_minute: int = 300
    per_minute: dict[int, int] = field(default_factory=lambda: {2: 20, 3: 50, 4: 100})
    enabled: bool = True

    @classmethod
    def off(cls) -> "Limits":
        """No limits at all."""
        return cls(enabled=False)


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float
    shut_until: float = 0.0


class RateLimiter:
    """Counts calls in leaky buckets; `now` gives seconds."""

    def __init__(self, limits: Limits, now: Callable[[], float]) -> None:
        self._limits = limits
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def call(self, method: str, tier: int | None) -> int | None:
        """Count one call; seconds to wait, for Retry-After, when it is one too many."""
        if tier is None:
            return None
        most = self._limits.per_minute[tier]
        return self._take(method, most, most / 60)

    def post(self, channel: str) -> int | None:
        """Count one post in a channel; seconds to wait when it is one too many there, or in the workspace."""
        here = self._take(f"post {channel}", self._limits.burst, self._limits.posts_per_second)
        return here or self._take("posts", self._limits.posts_per_minute, self._limits.posts_per_minute / 60)

    def _take(self, key: str, most: float, rate: float) -> int | None:
        if not self._limits.enabled:
            return None
        now = self._now()
        bucket = self._buckets.setdefault(key, _Bucket(most, now))
        bucket.left = min(most, bucket.left + (now - bucket.at) * rate)
        bucket.at = now
        if now < bucket.shut_until:
            return max(1, math.ceil(bucket.shut_until - now))
        if bucket.left < 1:
            wait = max(1, math.ceil((1 - bucket.left) / rate))
            bucket.shut_until = now + wait
            return wait
        bucket.left -= 1
        return None
