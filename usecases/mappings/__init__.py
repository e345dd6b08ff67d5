"""How files are read that are written otherwise than a use case expects: suggested, accepted by a person, remembered."""
