"""Files too large for Streamlit's memory, on their way in and out."""
