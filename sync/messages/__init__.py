"""What people read: one catalogue of texts in each language."""
