"""Made-up people of made-up accounts, for demonstrations, measurements and tests."""
