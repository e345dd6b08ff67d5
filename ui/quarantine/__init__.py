"""Data quality: refused rows and their repair, and how good what arrives is over time."""
