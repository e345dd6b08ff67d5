"""Is it still right? Profiles, drift, quality and performance as pure functions, and the screens that show them."""
