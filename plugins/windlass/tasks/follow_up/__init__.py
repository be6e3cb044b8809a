"""Phase 4: watch, follow up, review, close, report."""
