"""Spec + version + calendar → :class:`~windlass.plan.release_plan.ReleasePlan`: plain values."""
