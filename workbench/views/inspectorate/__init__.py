"""The page of an inspectorate: where the risk is, what to do within its days, and what a change of the plan does."""
