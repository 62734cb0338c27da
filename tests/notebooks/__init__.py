"""What each lesson says and prints."""
