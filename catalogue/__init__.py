"""Services and their guides in versions, places, regions, agencies, and how to find them."""
