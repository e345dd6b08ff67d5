"""Trainings: order one, follow it, cancel it; a trainer carries them out."""
