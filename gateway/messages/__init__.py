"""Requests and answers, between bytes and what they say."""
