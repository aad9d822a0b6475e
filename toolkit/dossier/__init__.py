"""What is signed and sent."""
