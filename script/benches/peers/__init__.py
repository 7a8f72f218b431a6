"""What ours is measured against, each as small as its own manual has it."""
