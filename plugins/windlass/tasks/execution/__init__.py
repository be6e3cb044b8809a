"""Phase 3: staging, then production step by step; and settle, whatever happens."""
