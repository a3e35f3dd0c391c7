"""What the field's words mean: codes, regions, rules, tables. Imports nothing of the layers above."""
