"""The way back: what Navigator made of our scenarios, checked before it is used."""
