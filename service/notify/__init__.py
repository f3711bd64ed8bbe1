"""Tells others what happened in the ledger."""
