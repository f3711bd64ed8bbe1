"""Batch evaluation: the numbers anyone can reproduce."""
