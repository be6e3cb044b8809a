"""Phase 2: one package, built once; every check and signature names its digest."""
