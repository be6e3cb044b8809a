"""Phase 1: scope, risk, timeline, environments, and everybody who must know."""
