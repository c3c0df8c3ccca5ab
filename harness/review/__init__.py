"""The review loop: what a rule can't settle, a person can, once. What their wording means, SQL says."""
