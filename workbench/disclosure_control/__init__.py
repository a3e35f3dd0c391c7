"""What may be shown of persons: rules for single figures, what else has to be withheld with them, and a proof of it."""
