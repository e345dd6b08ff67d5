"""What came true."""
