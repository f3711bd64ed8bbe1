"""The ledger's tables, migrations and vector index; the only place with SQL."""
