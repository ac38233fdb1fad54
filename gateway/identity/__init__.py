"""Who somebody is: signed tokens, the keys that sign them, and who was seen just now."""
