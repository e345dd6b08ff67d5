"""How files are read that are written otherwise than a use case expects, over HTTP."""
