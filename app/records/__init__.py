"""What the service keeps: questions, feedback, conversations, places and scans."""
