"""The frame around the pages. A folder of its own: a script beside `pages/` would make Streamlit run those files itself."""
