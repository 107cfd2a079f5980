"""burnin: takes a trading system through its burn-in and proves the verdict."""

__version__ = "0.1.0"
