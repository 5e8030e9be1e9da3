"""Zalo Official Account: articles, created hidden and shown at their hour; views, shares, followers."""

from connectors.zalo.oa import ZaloOA

__all__ = ["ZaloOA"]
