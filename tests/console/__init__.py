"""The operators' console over real HTTP, as its operators and its enemies meet it."""
