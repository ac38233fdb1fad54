"""What this gateway is measured against, one folder each."""
