"""A challenger beside the champion."""
