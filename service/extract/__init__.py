"""Article to claims: sentences, attribution, quantities, times."""
