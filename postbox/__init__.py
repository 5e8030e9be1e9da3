"""Carries notices out of the house: mail by SMTP and signed webhooks. Knows no tables and no clock; never retries."""
