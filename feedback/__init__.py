"""Consultations, complaints and ratings: what residents ask, mind and think of us."""
