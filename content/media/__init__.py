"""What comes in at the door: pictures and videos read by their structure, made harmless, and told in words."""
