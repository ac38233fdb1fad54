"""Mails, from the row that promises one to the mail server or the maildir."""
