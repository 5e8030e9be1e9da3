"""The queue: life cycle, claim, publish, retry, reconcile, slots, daily autopilot, metrics, the clock."""
