"""The ledger: articles in, claims, links, contradictions and reviews out."""
