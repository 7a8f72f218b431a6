"""The daily reconciliation: statements fetched, held against our books, differences followed up."""
